// Photos of a visit: made small on a canvas, which turns them upright and drops what the camera wrote beside the picture (place, time, owner).
import { fromBase64 } from './unpress.js';
import { make, say } from './words.js';
import { pictureType } from './survey.js';
import { sha256 } from './sha256.js';
import { photoData } from './visit_book.js';

const LONGEST_SIDE = 1600;
const QUALITY = 0.8;

export function toBase64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

function openedPicture(file) {
  const address = URL.createObjectURL(file);
  const picture = new Image();
  const open = new Promise((done, fail) => {
    picture.onload = () => done(picture);
    picture.onerror = () => fail(new Error('not a picture'));
  });
  picture.src = address;
  return open.finally(() => URL.revokeObjectURL(address));
}

// `{name, sha256, data}` of a picture file: a JPEG of at most 1600 pixels a side. Fails where the browser cannot read it.
export async function shrunk(file) {
  const picture = await openedPicture(file);
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#FFFFFF';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', QUALITY); });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { name: `${file.name.replace(/\.[^.]*$/, '').slice(0, 80) || 'photo'}.jpg`, sha256: await sha256(bytes), data: toBase64(bytes) };
}

// A name that no other photo of the visit has: phones call every picture "image".
export function nameApart(name, taken) {
  let free = name;
  for (let count = 2; taken.includes(free); count += 1) free = name.replace(/\.jpg$/, `-${count}.jpg`);
  return free;
}

// The picture in the page; what is lost is said so.
export function photoFigure({ name, sha256: digest }, ...more) {
  const frame = make('span', { class: 'thumb' });
  const caption = make('figcaption', {}, name);
  photoData(digest).then((data) => {
    const type = data && pictureType(fromBase64(data));
    if (type) frame.append(make('img', { src: `data:${type};base64,${data}`, alt: name }));
    else frame.append(make('span', { class: 'quiet' }, say('visit.photo.lost')));
  });
  return make('figure', { class: 'visitphoto' }, frame, caption, ...more);
}
