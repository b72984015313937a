// base64 and deflate: with what the browser has, else with code of our own.
import { inflate } from './inflate.js';

export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

// Islands below `small` bytes are unpacked at once by our own code, which is slower only until it has warmed up.
export async function unpress(bytes, small = 4096) {
  if (bytes.length < small || typeof DecompressionStream === 'undefined') return inflate(bytes);
  // Written at once: through a Blob the bytes would go to another process and back.
  const press = new DecompressionStream('deflate-raw');
  const writer = press.writable.getWriter();
  const fed = Promise.all([writer.write(bytes), writer.close()]);
  const [unpacked] = await Promise.all([new Response(press.readable).arrayBuffer(), fed]);
  return new Uint8Array(unpacked);
}
