// Photos large, over the page: one or a pair side by side; arrows go on, Escape closes, and the thumbnail has the focus again.
import { make, say } from './words.js';

const viewer = { dialog: null, plates: [], at: 0 };

function largePhoto(photo) {
  const said = photo.moment ? `${say(`photo.${photo.moment}`)} · ${photo.name}` : photo.name;
  const link = photo.original ? make('a', { href: photo.original, target: '_blank', rel: 'noopener noreferrer', title: say('photo.original.note') }, say('photo.original')) : null;
  return make('figure', {}, make('img', { src: photo.url, alt: said, width: photo.width, height: photo.height }), make('figcaption', {}, make('span', {}, said), link));
}

function showPlate() {
  const { dialog, plates, at } = viewer;
  const plate = plates[at];
  const many = plates.length > 1;
  const turn = (key, sign, by) => make('button', { type: 'button', class: 'turn', 'aria-label': say(key), onclick: () => go(by) }, sign);
  const noted = plate.some((photo) => photo.original);
  dialog.setAttribute('aria-label', say('photo.viewer'));
  dialog.replaceChildren(make('header', {}, many ? turn('photo.back', '‹', -1) : null, make('p', { 'aria-live': 'polite' }, many ? say('photo.place', { at: at + 1, of: plates.length }) : ''),
    many ? turn('photo.on', '›', 1) : null, make('button', { type: 'button', class: 'close', 'aria-label': say('close'), onclick: () => dialog.close() }, '×')),
  make('div', { class: `plate of${plate.length}` }, ...plate.map(largePhoto)), make('p', { class: 'quiet' }, say(noted ? 'photo.original.note' : 'photo.small')));
}

function go(by) {
  const { plates, at } = viewer;
  viewer.at = (at + by + plates.length) % plates.length;
  const turned = document.activeElement?.getAttribute('aria-label');
  showPlate();
  const same = [...viewer.dialog.querySelectorAll('button')].find((button) => button.getAttribute('aria-label') === turned);
  (same || viewer.dialog.querySelector('.close')).focus();
}

function made() {
  const dialog = make('dialog', { id: 'viewer' });
  dialog.addEventListener('keydown', (event) => {
    // What the page does with these keys is not meant.
    event.stopPropagation();
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || viewer.plates.length < 2) return;
    event.preventDefault();
    go(by);
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  return dialog;
}

export function openViewer(plates, at) {
  viewer.dialog ??= made();
  Object.assign(viewer, { plates, at });
  showPlate();
  viewer.dialog.showModal();
  viewer.dialog.querySelector('.close').focus();
}
