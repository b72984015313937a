// The base map: none, or tiles from the page, from this computer for this visit, or, where the project asks for it, online.
import { page, listen, tell } from './state.js';
import { make, say } from './words.js';
import { readIsland } from './islands.js';
import { addTool } from './tools.js';
import { closePanel, openPanel } from './panel.js';
import { layerList } from './layers.js';
import { BaseFault, isZipped, openPmtiles, unzip } from './pmtiles.js';
import { openTiles } from './tiles.js';

const base = { now: null, tiles: null, picked: null, embedded: null, online: null, opened: false, wrong: '', datum: 'wgs84' };
const PICTURE_ENDINGS = /^(png|jpe?g|webp)$/i;
const FOLDER_PATH = /(?:^|\/)(\d{1,2})\/(\d{1,8})\/(\d{1,8})\.(png|jpe?g|webp|pbf|mvt)$/i;
const WAIT_MS = 8000;
// Both draw in WGS 84 or in CGCS2000, which is the same to centimetres. Amap, Baidu and Tencent do not, and are not here.
const PROVIDERS = {
  osm: { name: 'base.online.osm', max: 19, credit: '© OpenStreetMap contributors', addresses: (z, x, y) => [`https://tile.openstreetmap.org/${z}/${x}/${y}.png`] },
  tianditu: {
    name: 'base.online.tianditu', max: 18, credit: '© 天地图 tianditu.gov.cn', addresses: (z, x, y, key) => ['vec', 'cva'].map((layer) => `https://t${(x + y) % 8}.tianditu.gov.cn/${layer}_w/wmts?SERVICE=WMTS`
      + `&REQUEST=GetTile&VERSION=1.0.0&LAYER=${layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX=${z}&TILEROW=${y}&TILECOL=${x}&tk=${encodeURIComponent(key)}`),
  },
};

export const paintBaseMap = (view) => base.tiles?.paint(view);

// What a view needs is there, or has not come in time: paper is not kept waiting for a network.
export async function fetchTiles({ width, height, middle: [x, y], scale }) {
  if (!base.tiles) return;
  const view = { zoom: Math.log2(scale) + 20, box: [x - width / 2 / scale, y - height / 2 / scale, x + width / 2 / scale, y + height / 2 / scale] };
  await Promise.race([base.tiles.fetched(view), new Promise((resolve) => { setTimeout(resolve, WAIT_MS); })]);
}

export const baseCredit = () => (base.now?.credit ? make('p', { class: 'credit' }, say('base.credit', { credit: base.now.credit })) : null);

let waiting = false;
function repaintSoon() {
  if (!waiting) requestAnimationFrame(() => { waiting = false; tell('base'); });
  waiting = true;
}

// Whatever fails, the project's own layers stay as they are; it is said once, in words.
function wrongWith(key) {
  const wrong = say(key);
  if (base.wrong === wrong) return;
  base.wrong = wrong;
  document.getElementById('announce').textContent = wrong;
  refill();
}

function showBase(source) {
  base.now = source;
  base.wrong = '';
  base.tiles = source ? openTiles(source, repaintSoon, wrongWith) : null;
  document.getElementById('credit')?.remove();
  if (source?.credit) document.getElementById('map').append(make('p', { id: 'credit' }, source.credit));
  tell('base');
  refill();
}

// The files of a folder {z}/{x}/{y}.png as a source.
function folderSource(files) {
  const at = new Map();
  let ending = '';
  for (const file of files) {
    const match = FOLDER_PATH.exec(file.webkitRelativePath || file.name);
    if (!match) continue;
    at.set(match.slice(1, 4).map(Number).join('/'), file);
    ending = match[4];
  }
  if (!at.size) throw new BaseFault('base.wrong.no_tiles');
  const levels = [...at.keys()].map((key) => Number(key.split('/')[0]));
  const read = async (file) => new Uint8Array(await file.arrayBuffer());
  return {
    kind: PICTURE_ENDINGS.test(ending) ? 'raster' : 'vector', min: levels.reduce((least, z) => Math.min(least, z)), max: levels.reduce((most, z) => Math.max(most, z)), credit: '',
    async bytes(z, x, y) {
      const file = at.get(`${z}/${x}/${y}`);
      if (!file) return null;
      const bytes = await read(file);
      return isZipped(bytes) ? unzip(bytes) : bytes;
    },
  };
}

async function pick(files, asFolder) {
  if (!files.length) return;
  base.wrong = '';
  try {
    const name = asFolder ? files[0].webkitRelativePath.split('/')[0] : files[0].name;
    base.picked = { ...(asFolder ? folderSource(files) : await openPmtiles(files[0])), name, datum: base.datum };
    showBase(base.picked);
  } catch (fault) {
    wrongWith(fault instanceof BaseFault ? fault.message : 'base.wrong.damaged');
  }
}

// What stands in the page itself.
async function openEmbedded() {
  const island = await readIsland('base');
  if (!island) return;
  const { head, rows } = island;
  if (head.online) base.online = onlineSource(head.online);
  if (!rows) return refill();
  const [zs, xs, ys, at, sizes] = ['z', 'x', 'y', 'at', 'size'].map(island.place);
  const places = new Map(Array.from({ length: rows }, (_, row) => [`${zs[row]}/${xs[row]}/${ys[row]}`, [at[row], sizes[row]]]));
  base.embedded = {
    kind: head.kind, min: zs.reduce((least, z) => Math.min(least, z)), max: zs.reduce((most, z) => Math.max(most, z)), credit: head.credit, name: head.name, datum: head.datum,
    async bytes(z, x, y) {
      const place = places.get(`${z}/${x}/${y}`);
      if (!place) return null;
      const bytes = island.bytes(place);
      return isZipped(bytes) ? unzip(bytes) : bytes;
    },
  };
  return showBase(base.embedded);
}

function onlineSource({ provider, key = '' }) {
  if (!Object.hasOwn(PROVIDERS, provider)) return null;
  const { name, max, credit, addresses } = PROVIDERS[provider];
  const picture = (address) => new Promise((resolve, reject) => {
    const image = new Image();
    image.crossOrigin = 'anonymous';
    image.onload = () => resolve(image);
    image.onerror = () => reject(new BaseFault('base.wrong.network'));
    image.src = address;
  });
  return {
    kind: 'raster', min: 1, max, credit, name: say(name), datum: 'wgs84', online: true,
    async picture(z, x, y) {
      const images = await Promise.all(addresses(z, x, y, key).map(picture));
      if (images.length === 1) return images[0];
      const canvas = make('canvas', { width: images[0].width, height: images[0].height });
      images.forEach((image) => canvas.getContext('2d').drawImage(image, 0, 0));
      return canvas;
    },
  };
}

function baseOption(source, text) {
  return make('label', {}, make('input', { type: 'radio', name: 'base', checked: base.now === source, onchange: () => showBase(source) }), text);
}

function chooser(key, settings, asFolder) {
  return make('label', { class: 'choose' }, make('input', { type: 'file', ...settings, onchange: ({ target }) => pick([...target.files], asFolder) }), say(key));
}

function datumQuestion() {
  const answer = (datum, key) => make('label', {}, make('input', { type: 'radio', name: 'datum', value: datum, checked: base.datum === datum, onchange: () => {
    base.datum = datum;
    if (!base.picked) return;
    base.picked = { ...base.picked, datum };
    showBase(base.picked);
  } }), say(key));
  return make('fieldset', {}, make('legend', {}, say('base.datum')), answer('wgs84', 'base.datum.wgs84'), answer('gcj02', 'base.datum.gcj02'));
}

function content() {
  const folded = make('details', { class: 'bases', open: Boolean(base.now || base.wrong || base.opened) }, make('summary', {}, say('base.title')), ...baseChoices());
  folded.addEventListener('toggle', () => { base.opened = folded.open; });
  return [...layerList(), folded];
}

function baseChoices() {
  const { embedded, picked, online } = base;
  return [baseOption(null, say('base.none')), embedded ? baseOption(embedded, say('base.embedded', { name: embedded.name })) : null,
    picked ? baseOption(picked, say('base.picked', { name: picked.name })) : null, online ? baseOption(online, say('base.online', { name: online.name })) : null,
    online ? make('p', { class: 'quiet' }, say('base.online.told')) : null,
    base.wrong ? make('p', { class: 'wrong', role: 'alert' }, base.wrong) : null,
    chooser('base.file', { accept: '.pmtiles' }, false), chooser('base.folder', { webkitdirectory: true, multiple: true }, true), datumQuestion(),
    make('p', { class: 'quiet' }, say('base.kept')), make('p', { class: 'quiet' }, say('base.refused'))].filter(Boolean);
}

function refill() {
  if (page.tool?.name === 'layers') openPanel(say('tool.layers'), ...content());
}

export function startBase() {
  addTool('layers', { start: () => openPanel(say('tool.layers'), ...content()), stop: closePanel });
  for (const event of ['language', 'layers', 'theme']) listen(event, refill);
  openEmbedded().catch(() => wrongWith('base.wrong.damaged'));
}
