// The islands that a page opens with: unpacked by the loader side by side with the code, so that both are there at once.
import { fromBase64, unpress } from './unpress.js';

export const FRAMES = ['sites', 'findings', 'zones', 'sections'];
export const CONTEXT = ['districts', 'water_bodies', 'rivers', 'intakes'];

// The bytes in an island, null where the page has none; it is taken out of the page.
export function takeBytes(name) {
  const element = document.getElementById(`island-${name}`);
  element?.remove();
  return element && fromBase64(element.textContent);
}

export async function unpackOpening() {
  const names = ['run', ...FRAMES, ...CONTEXT];
  const found = await Promise.all(names.map(async (name) => {
    const bytes = takeBytes(name);
    return [name, bytes && await unpress(bytes, 0)];
  }));
  return new Map(found);
}
