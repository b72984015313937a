// Tiles of a base map on our canvas: each is drawn where its ground lies in WGS 84, so that a set that is offset (GCJ-02)
// is inWgs84 under the project's own layers and never the other way round.
import { dark } from './state.js';
import { GRID, toLat, toLon, toX, toY } from './shapes.js';
import { fromGcj02, toGcj02 } from './position.js';
import { openVectorTile, paintVectorNames, paintVectorTile } from './vector_tiles.js';
import { BaseFault } from './pmtiles.js';

const KEPT = 240;
const ABOVE = 6;
const MOST_TILES = 120;
const FURTHEST_OUT = 3;
// The offset bends: over a piece of so many metres it is straight to a decimetre.
const STRAIGHT_METRES = 1500;
const EARTH = 40075017;
const WIDEST = 4096;

const tileSide = (z) => GRID / 2 ** z;

// A place on the grid in the datum of the tiles -> where it lies in WGS 84, and back.
export function inWgs84(x, y, datum, way = fromGcj02) {
  if (datum !== 'gcj02') return [x, y];
  const [lon, lat] = way(toLon(x), toLat(y));
  return [toX(lon), toY(lat)];
}

// The tiles of level `z` that a box of the grid (WGS 84) touches, nearest to its middle first.
export function tilesIn([left, top, right, bottom], z, datum) {
  const [[a, b], [c, d]] = [inWgs84(left, top, datum, toGcj02), inWgs84(right, bottom, datum, toGcj02)];
  const side = tileSide(z);
  const within = (value) => Math.max(0, Math.min(2 ** z - 1, Math.floor(value / side)));
  const tiles = [];
  if ((within(c) - within(a) + 1) * (within(d) - within(b) + 1) > MOST_TILES * 4) return tiles;
  for (let x = within(a); x <= within(c); x += 1) for (let y = within(b); y <= within(d); y += 1) tiles.push({ z, x, y });
  const far = (tile) => Math.hypot((tile.x + 0.5) * side - (a + c) / 2, (tile.y + 0.5) * side - (b + d) / 2);
  return tiles.sort((one, other) => far(one) - far(other)).slice(0, MOST_TILES);
}

// The level of tiles for a zoom of the map; null where even the coarsest ones would be too many and too small.
export function levelFor(zoom, { min, max }) {
  const wanted = Math.round(zoom);
  return wanted < min - FURTHEST_OUT ? null : Math.max(min, Math.min(max, wanted));
}

// Pixels of a picture as its first bytes say, without unpacking it; null for what is no picture.
export function pictureSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const is = (at, letters) => [...letters].every((letter, place) => bytes[at + place] === letter.charCodeAt(0));
  if (bytes.length < 30) return null;
  if (view.getUint32(0) === 0x89504e47) return [view.getUint32(16), view.getUint32(20)];
  if (is(0, 'RIFF') && is(8, 'WEBP')) {
    if (is(12, 'VP8X')) return [24, 27].map((at) => (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)) + 1);
    if (is(12, 'VP8L')) { const bits = view.getUint32(21, true); return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1]; }
    return is(12, 'VP8 ') ? [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff] : null;
  }
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff;) {
    const kind = bytes[at + 1];
    if (kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

async function openTile(bytes, { kind, datum }, { z, x, y }) {
  if (kind === 'vector') {
    const side = tileSide(z);
    return { features: openVectorTile(bytes, (u, v) => inWgs84((x + u) * side, (y + v) * side, datum)) };
  }
  const size = pictureSize(bytes);
  if (!size || !(size[0] > 0 && size[1] > 0) || Math.max(...size) > WIDEST) throw new BaseFault('base.wrong.damaged');
  return { picture: await createImageBitmap(new Blob([bytes])) };
}

// The tiles of one source, kept while they are looked at. `came` is called when one more can be painted, `failed` with what is wrong.
export function openTiles(source, came, failed) {
  const kept = new Map();
  const keyOf = ({ z, x, y }) => `${z}/${x}/${y}`;
  const load = async (tile) => {
    try {
      if (source.picture) return { picture: await source.picture(tile.z, tile.x, tile.y) };
      const bytes = await source.bytes(tile.z, tile.x, tile.y);
      return bytes && bytes.length ? await openTile(bytes, source, tile) : null;
    } catch (fault) {
      failed(fault instanceof BaseFault ? fault.message : 'base.wrong.damaged');
      return null;
    }
  };
  const want = (tile) => {
    const key = keyOf(tile);
    if (kept.has(key)) {
      const entry = kept.get(key);
      kept.delete(key);
      kept.set(key, entry);
      return entry;
    }
    const entry = { tile, state: 'waiting' };
    kept.set(key, entry);
    entry.done = load(tile).then((item) => {
      Object.assign(entry, { item, state: item ? 'here' : 'absent' });
      if (item) came();
      return entry;
    });
    for (const [old, { item, state }] of kept) {
      if (kept.size <= KEPT) break;
      if (state === 'waiting') continue;
      item?.picture?.close?.();
      kept.delete(old);
    }
    return entry;
  };
  const above = ({ z, x, y }, up) => ({ z: z - up, x: x >> up, y: y >> up });
  // The tile itself, or the nearest wider one that is there: what is asked for on the way comes later.
  const best = (tile) => {
    let absent = true;
    for (let up = 0; up <= ABOVE && tile.z - up >= source.min; up += 1) {
      const wider = above(tile, up);
      const entry = absent ? want(wider) : kept.get(keyOf(wider));
      if (entry?.state === 'here') return entry;
      absent &&= entry.state === 'absent';
    }
    return null;
  };
  const wanted = (view) => {
    const z = levelFor(view.zoom, source);
    return z === null ? [] : tilesIn(view.box, z, source.datum);
  };
  // All tiles that a view needs, wider ones where there is none; resolved when they are there or have failed.
  const fetched = (view) => Promise.all(wanted(view).map(async (tile) => {
    for (let up = 0; up <= ABOVE && tile.z - up >= source.min; up += 1) {
      const entry = want(above(tile, up));
      await entry.done;
      if (entry.state === 'here') return;
    }
  }));
  return { source, kept, paint: (view) => paintTiles(view, wanted(view), best, source.datum), fetched };
}

// The pixel rectangle of a part of a tile, widened to whole pixels so that no seam is left between two.
function rectangle({ scale, left, top, ratio }, [x0, y0], [x1, y1]) {
  const out = (value, way) => Math[way](value * ratio - (way === 'ceil' ? 1e-6 : -1e-6)) / ratio;
  const [a, b, c, d] = [out(x0 * scale + left, 'floor'), out(y0 * scale + top, 'floor'), out(x1 * scale + left, 'ceil'), out(y1 * scale + top, 'ceil')];
  return [a, b, c - a, d - b];
}

// In how many pieces a side is drawn: an offset set is bent, and the nearer one looks the more that shows.
function piecesOf(view, { z, y }, datum) {
  if (datum !== 'gcj02') return 1;
  const side = tileSide(z);
  const metres = (EARTH / 2 ** z) * Math.cos((toLat((y + 0.5) * side) * Math.PI) / 180);
  return Math.max(1, Math.min(16, Math.ceil(metres / STRAIGHT_METRES), Math.floor((side * view.scale) / 16)));
}

function paintTiles(view, tiles, best, datum) {
  const { context } = view;
  const names = [];
  for (const tile of tiles) {
    const entry = best(tile);
    if (!entry) continue;
    const [side, wide] = [tileSide(tile.z), tileSide(entry.tile.z)];
    const corner = (u, v) => inWgs84((tile.x + u) * side, (tile.y + v) * side, datum);
    if (entry.item.features) {
      context.save();
      context.beginPath();
      context.rect(...rectangle(view, corner(0, 0), corner(1, 1)));
      context.clip();
      paintVectorTile(view, entry.item.features);
      context.restore();
      if (!names.includes(entry.item.features)) names.push(entry.item.features);
      continue;
    }
    const { picture } = entry.item;
    const pieces = piecesOf(view, tile, datum);
    const share = [picture.width, picture.height].map((pixels) => (pixels * side) / wide / pieces);
    const from = [((tile.x * side) / wide - entry.tile.x) * picture.width, ((tile.y * side) / wide - entry.tile.y) * picture.height];
    for (let down = 0; down < pieces; down += 1) {
      for (let right = 0; right < pieces; right += 1) {
        context.drawImage(picture, from[0] + right * share[0], from[1] + down * share[1], ...share,
          ...rectangle(view, corner(right / pieces, down / pieces), corner((right + 1) / pieces, (down + 1) / pieces)));
      }
    }
  }
  // Pictures are loud: what is ours is to be seen before them.
  context.globalCompositeOperation = 'source-atop';
  context.fillStyle = dark() ? '#14181C8C' : '#FFFFFF33';
  if (!names.length) context.fillRect(0, 0, view.width, view.height);
  context.globalCompositeOperation = 'source-over';
  const taken = [];
  names.forEach((features) => paintVectorNames(view, features, taken));
}
