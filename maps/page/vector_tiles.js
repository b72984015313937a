// Vector tiles (MVT, version 2): their areas, lines and names in a quiet style, the same for every provider.
import { dark } from './state.js';
import { BaseFault } from './pmtiles.js';

const MOST_FEATURES = 30000;
const MOST_CORNERS = 400000;
const DEFAULT_EXTENT = 4096;
const NAMES = ['name:zh', 'name_zh', 'name:zh-Hans', 'name', 'name_en'];
// Which layers are drawn as what: the names that OpenMapTiles, Protomaps, Shortbread and Tianditu's exports use.
const SORTS = [
  ['name', /label|place|poi|_name|names$/], ['water', /water|ocean|sea|river|lake|stream|hyd/], ['building', /build|house/],
  ['border', /bound|admin|border/], ['rail', /rail/], ['road', /road|street|transport|highway|path|bridge|tunnel/],
  ['green', /land|park|wood|forest|green|natural|veg/],
];
const SORT_ORDER = ['other', 'green', 'water', 'building', 'border', 'rail', 'road', 'name'];

function readerOf(bytes) {
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wrong = () => { throw new BaseFault('base.wrong.damaged'); };
  const varint = () => {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      if (at >= bytes.length || weight > 2 ** 63) wrong();
      const byte = bytes[at++];
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  };
  const take = (length) => {
    if (length > bytes.length - at) wrong();
    at += length;
    return bytes.subarray(at - length, at);
  };
  // Calls `told[field](value)`; what nobody asked for is passed over.
  const fields = (told) => {
    while (at < bytes.length) {
      const tag = varint();
      const [field, type] = [Math.floor(tag / 8), tag % 8];
      if (![0, 1, 2, 5].includes(type)) wrong();
      const value = type === 0 ? varint() : take(type === 2 ? varint() : type === 1 ? 8 : 4);
      told[field]?.(value, type);
    }
  };
  const list = () => {
    const values = [];
    while (at < bytes.length) values.push(varint());
    return values;
  };
  return { fields, list, view };
}

const inText = (bytes) => new TextDecoder().decode(bytes);
const zigzag = (value) => (value % 2 ? -(value + 1) / 2 : value / 2);

// Commands and steps -> parts of [x, y, x, y …] on the grid, by `place(u, v)` with 0 to 1 over the tile.
function pathParts(commands, extent, place, room) {
  const parts = [];
  let part = null;
  let [x, y, at] = [0, 0, 0];
  while (at < commands.length) {
    const command = commands[at] & 7;
    const times = command === 7 ? 1 : Math.floor(commands[at] / 8);
    at += 1;
    if (command === 7) { part?.push(part[0], part[1]); continue; }
    if (command !== 1 && command !== 2) throw new BaseFault('base.wrong.damaged');
    for (let turn = 0; turn < times && at + 1 < commands.length; turn += 1, at += 2) {
      x += zigzag(commands[at]);
      y += zigzag(commands[at + 1]);
      if (command === 1) parts.push(part = []);
      if ((room.corners -= 1) < 0) throw new BaseFault('base.wrong.damaged');
      part?.push(...place(x / extent, y / extent));
    }
  }
  return parts;
}

function layerOf(bytes, place, room) {
  const layer = { name: '', extent: DEFAULT_EXTENT, features: [], keys: [], values: [] };
  readerOf(bytes).fields({
    1: (value) => { layer.name = inText(value); }, 2: (value) => layer.features.push(value), 3: (value) => layer.keys.push(inText(value)),
    4: (value) => { let text = null; readerOf(value).fields({ 1: (one) => { text = inText(one); } }); layer.values.push(text); },
    5: (value) => { layer.extent = value || DEFAULT_EXTENT; },
  });
  const sort = SORTS.find(([, names]) => names.test(layer.name.toLowerCase()))?.[0] || 'other';
  const wanted = NAMES.map((name) => layer.keys.indexOf(name)).filter((key) => key >= 0);
  return layer.features.map((feature) => {
    if ((room.features -= 1) < 0) throw new BaseFault('base.wrong.damaged');
    let [type, tags, geometry] = [0, [], []];
    readerOf(feature).fields({ 2: (value) => { tags = readerOf(value).list(); }, 3: (value) => { type = value; }, 4: (value) => { geometry = readerOf(value).list(); } });
    const named = type === 1 ? wanted.map((key) => { for (let at = 0; at + 1 < tags.length; at += 2) if (tags[at] === key) return layer.values[tags[at + 1]]; return null; }).find(Boolean) : null;
    return { sort, type, name: named || '', parts: type === 1 && !named ? [] : pathParts(geometry, layer.extent, place, room) };
  });
}

// The features of a tile, what lies below first.
export function openVectorTile(bytes, place) {
  const room = { features: MOST_FEATURES, corners: MOST_CORNERS };
  const found = [];
  readerOf(bytes).fields({ 3: (value) => found.push(...layerOf(value, place, room)) });
  return found.filter(({ parts }) => parts.length).sort((one, other) => SORT_ORDER.indexOf(one.sort) - SORT_ORDER.indexOf(other.sort));
}

const looks = () => (dark()
  ? { other: '#3A4046', green: '#1D2A22', water: '#233947', building: '#2A2F34', border: '#5A5248', rail: '#4A4E52', road: '#3C4248', name: '#9AA1A8' }
  : { other: '#C9C5BC', green: '#E4EBDD', water: '#C4DCE8', building: '#DDD8CF', border: '#A89F92', rail: '#A6A6A6', road: '#BDB8AE', name: '#6B675F' });

// Areas and lines; the names are painted when all tiles lie there.
export function paintVectorTile({ context, scale, left, top, zoom }, features) {
  const colours = looks();
  context.lineJoin = 'round';
  for (const { sort, type, parts } of features) {
    if (type === 1 || (sort === 'building' && zoom < 14)) continue;
    context.beginPath();
    for (const part of parts) for (let at = 0; at < part.length; at += 2) context[at ? 'lineTo' : 'moveTo'](part[at] * scale + left, part[at + 1] * scale + top);
    context.fillStyle = colours[sort];
    context.strokeStyle = colours[sort];
    if (type === 3 && sort !== 'border' && sort !== 'road') context.fill('evenodd');
    context.setLineDash(sort === 'border' ? [5, 3] : sort === 'rail' ? [6, 2] : []);
    context.lineWidth = sort === 'road' ? Math.max(0.8, (zoom - 9) * 0.35) : 1;
    if (type === 2 || sort === 'border') context.stroke();
  }
  context.setLineDash([]);
}

export function paintVectorNames({ context, scale, left, top }, features, taken) {
  context.font = '11px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3;
  context.strokeStyle = dark() ? '#14181CCC' : '#FFFFFFCC';
  context.fillStyle = looks().name;
  for (const { name, parts: [place] } of features) {
    if (!name || !place) continue;
    const text = name.slice(0, 24);
    const [x, y] = [place[0] * scale + left, place[1] * scale + top];
    const half = context.measureText(text).width / 2 + 3;
    const box = [x - half, y - 8, x + half, y + 8];
    if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
    taken.push(box);
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }
}
