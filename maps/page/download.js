// Files that the page makes: saved by the browser, or handed to another program where the device can.
import { make } from './words.js';

// Long enough for the slowest browser to have read the file.
const KEPT_MS = 60_000;

// A name that every file system takes.
const plainName = (name) => name.replace(/[\\/:*?"<>|\p{Cc}]+/gu, '_').replace(/^\.+/, '_').slice(-120);

export function saveFile(name, type, parts) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = make('a', { href: url, download: plainName(name), hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

const filesOf = (name, type, parts) => ({ files: [new File(parts, plainName(name), { type })] });

// Whether this device says that it hands on files of this type.
export function canShare(name, type) {
  try {
    return Boolean(navigator.canShare?.(filesOf(name, type, ['x'])));
  } catch {
    return false;
  }
}

// How handing the file to another program went: `done`, `stopped` where the person changed their mind, or `refused`.
export async function handOn(name, type, parts) {
  if (!canShare(name, type)) return 'refused';
  try {
    await navigator.share(filesOf(name, type, parts));
    return 'done';
  } catch (fault) {
    return fault?.name === 'AbortError' ? 'stopped' : 'refused';
  }
}

// True where the file was handed on, or the person changed their mind; false where it must be saved instead.
export const shareFile = async (name, type, parts) => (await handOn(name, type, parts)) !== 'refused';
