// Photos of a site: before and after side by side, the others below, and by name what cannot be shown.
import { page } from './state.js';
import { make, say } from './words.js';
import { readIsland } from './islands.js';
import { openViewer } from './viewer.js';

// The island is unpacked when a drawer first asks for it, or when nobody waits; `album.island` is null until then and where there is none.
const album = { reading: null, island: null, files: null, first: new Map(), addresses: [] };

async function readAlbum() {
  const island = await readIsland('photos');
  if (!island) return;
  const sites = island.place('site');
  for (let at = sites.length - 1; at >= 0; at -= 1) album.first.set(sites[at], at);
  Object.assign(album, { island, files: island.place('pictures') });
}

export const reading = () => (album.reading ??= readAlbum());

function address(picture) {
  return (album.addresses[picture] ??= URL.createObjectURL(new Blob([album.files.file(picture)], { type: 'image/jpeg' })));
}

// The way from the page to an original, where the folder lies beside the map; each part of the name is a part of an address.
export const originalOf = (folder, name) => (folder && name ? folder + name.split('/').map(encodeURIComponent).join('/') : '');

// What a site names, as {name, moment, code, url, original, width, height}; `url` is '' where it cannot be shown.
export function photosOf(row) {
  const { island } = album;
  if (!island || !album.first.has(row)) return [];
  const [sites, pictures] = [island.place('site'), island.place('picture')];
  const list = [];
  for (let at = album.first.get(row); at < sites.length && sites[at] === row; at += 1) {
    const one = { name: island.text('name', at), moment: island.text('moment', at), code: island.text('code', at), url: '' };
    const picture = pictures[at] - 1;
    if (picture >= 0) {
      const [width, height] = island.head.sizes[picture];
      Object.assign(one, { url: address(picture), original: originalOf(island.head.folder, island.head.names[picture]), width, height });
    }
    list.push(one);
  }
  return list;
}

// What is looked at together: the n-th before with the n-th after, every other photo by itself, those of visits last.
export function plates(photos) {
  const of = (moment) => photos.filter((one) => one.moment === moment);
  const [before, after] = [of('before'), of('after')];
  const pairs = Array.from({ length: Math.max(before.length, after.length) }, (_, at) => [before[at], after[at]].filter(Boolean));
  return [...pairs, ...[...of(''), ...of('visit')].map((one) => [one])];
}

export const caption = ({ moment, name }) => (moment ? `${say(`photo.${moment}`)} · ${name}` : name);

function thumbnail(photo, open) {
  const picture = make('img', { src: photo.url, alt: caption(photo), width: photo.width, height: photo.height });
  return make('figure', {}, make('button', { type: 'button', class: 'photo', title: say('photo.open'), onclick: open }, picture),
    make('figcaption', {}, photo.moment ? make('b', {}, say(`photo.${photo.moment}`)) : null, photo.name));
}

function lostLine({ name, moment, code }) {
  const reason = page.sentences[`photo.${code}`] ? say(`photo.${code}`) : say('photo.other', { code });
  return make('li', {}, make('b', {}, caption({ name, moment })), make('span', { class: 'quiet' }, reason));
}

function fill(section, row) {
  const photos = photosOf(row);
  if (!photos.length) return section.remove();
  const shown = plates(photos.filter((one) => one.url));
  const lost = photos.filter((one) => !one.url);
  return section.replaceChildren(make('h3', {}, say('photo.title', { count: photos.length })),
    ...shown.map((plate, at) => make('div', { class: 'plate' }, ...plate.map((photo) => thumbnail(photo, () => openViewer(shown, at))))),
    ...(lost.length ? [make('ul', { class: 'lost' }, ...lost.map(lostLine))] : []));
}

// The drawer's part about photos; it fills itself once they are unpacked.
export function photoSection({ layer, row }) {
  if (layer !== 'sites' || (!album.island && !document.getElementById('island-photos') && !album.reading)) return null;
  const section = make('section', { class: 'photos' });
  if (album.island) fill(section, row);
  else reading().then(() => fill(section, row));
  return album.island && !section.children.length ? null : section;
}

let unpacked = null;

// Resolves when the photos of a page that has some are unpacked.
export const photosRead = () => unpacked;

export function startPhotos() {
  if (!document.getElementById('island-photos')) return;
  const whenIdle = window.requestIdleCallback || setTimeout;
  unpacked = new Promise((done) => { whenIdle(() => { done(reading()); }); });
}
