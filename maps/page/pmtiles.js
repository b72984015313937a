// Reads a PMTiles archive (version 3) piece by piece: `source` is anything with `slice(from, to)` that has `arrayBuffer()`,
// as a File has. What is not such an archive is refused with a word of `base.wrong.…` (words.json).
const HEADER = 127;
const TYPES = { 1: 'mvt', 2: 'png', 3: 'jpg', 4: 'webp' };
// What is packed is unpacked to this size at most: a small file can say that it is an endless one.
const LONGEST_DIRECTORY = 8e6;
const LONGEST_TILE = 8e6;
const DEEPEST = 4;
const KEPT_DIRECTORIES = 64;

export const BaseFault = class extends Error {};

async function bytesOf(source, from, length) {
  if (!(length >= 0 && from >= 0 && length <= LONGEST_DIRECTORY)) throw new BaseFault('base.wrong.damaged');
  const bytes = new Uint8Array(await source.slice(from, from + length).arrayBuffer());
  if (bytes.length < length) throw new BaseFault('base.wrong.damaged');
  return bytes;
}

// The bytes of a gzip file, or a fault where there are more than `most` of them.
export async function unzip(bytes, most = LONGEST_TILE) {
  if (typeof DecompressionStream === 'undefined') throw new BaseFault('base.wrong.old_browser');
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const pieces = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > most) throw new BaseFault('base.wrong.damaged');
      pieces.push(value);
    }
  } catch {
    reader.cancel().catch(() => {});
    throw new BaseFault('base.wrong.damaged');
  }
  const whole = new Uint8Array(size);
  pieces.reduce((at, piece) => { whole.set(piece, at); return at + piece.length; }, 0);
  return whole;
}

export const isZipped = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;

// The number of a tile along the Hilbert curves of all levels, as the archive's directories count.
export function tileNumber(z, x, y) {
  let number = (4 ** z - 1) / 3;
  for (let side = 2 ** (z - 1); side >= 1; side /= 2) {
    const [right, below] = [(x & side) > 0 ? 1 : 0, (y & side) > 0 ? 1 : 0];
    number += side * side * ((3 * right) ^ below);
    if (below === 0) {
      if (right === 1) [x, y] = [side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))];
      [x, y] = [y, x];
    }
  }
  return number;
}

function openDirectory(bytes) {
  let at = 0;
  const next = () => {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      if (at >= bytes.length || weight > 2 ** 50) throw new BaseFault('base.wrong.damaged');
      const byte = bytes[at++];
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  };
  const count = next();
  if (count > bytes.length) throw new BaseFault('base.wrong.damaged');
  const column = () => Float64Array.from({ length: count }, next);
  const [ids, runs, lengths, offsets] = [column(), column(), column(), column()];
  for (let row = 1; row < count; row += 1) ids[row] += ids[row - 1];
  for (let row = 0; row < count; row += 1) offsets[row] = offsets[row] === 0 && row ? offsets[row - 1] + lengths[row - 1] : offsets[row] - 1;
  return { ids, runs, lengths, offsets };
}

// The last row that begins at or before the number, or -1.
function rowOf({ ids }, number) {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle] <= number) low = middle + 1; else high = middle;
  }
  return low - 1;
}

// What a source of tiles has: `kind`, `min`, `max` (levels), `credit`, and `bytes(z, x, y)`, null where there is no tile.
export async function openPmtiles(source) {
  const head = await bytesOf(source, 0, HEADER);
  if (String.fromCharCode(...head.subarray(0, 7)) !== 'PMTiles') throw new BaseFault('base.wrong.not_pmtiles');
  if (head[7] !== 3) throw new BaseFault('base.wrong.version');
  const view = new DataView(head.buffer);
  const long = (at) => Number(view.getBigUint64(at, true));
  const [packed, type] = [head[97], TYPES[head[99]]];
  if (!type) throw new BaseFault('base.wrong.type');
  if (packed > 2 || head[98] > 2) throw new BaseFault('base.wrong.packing');
  const opened = async (from, length) => {
    const bytes = await bytesOf(source, from, length);
    return packed === 2 ? unzip(bytes, LONGEST_DIRECTORY) : bytes;
  };
  const root = openDirectory(await opened(long(8), long(16)));
  const leaves = new Map();
  const leaf = (from, length) => {
    if (!leaves.has(from)) {
      if (leaves.size >= KEPT_DIRECTORIES) leaves.delete(leaves.keys().next().value);
      leaves.set(from, opened(long(40) + from, length).then(openDirectory));
    }
    return leaves.get(from);
  };
  const bytes = async (z, x, y) => {
    const number = tileNumber(z, x, y);
    let directory = root;
    for (let deep = 0; deep < DEEPEST; deep += 1) {
      const row = rowOf(directory, number);
      if (row < 0) return null;
      const { ids, runs, lengths, offsets } = directory;
      if (runs[row] > 0) {
        if (number >= ids[row] + runs[row]) return null;
        const found = await bytesOf(source, long(56) + offsets[row], lengths[row]);
        return isZipped(found) ? unzip(found) : found;
      }
      directory = await leaf(offsets[row], lengths[row]);
    }
    throw new BaseFault('base.wrong.damaged');
  };
  return { kind: type === 'mvt' ? 'vector' : 'raster', min: head[100], max: Math.min(head[101], 24), credit: await creditOf(opened, long(24), long(32)), bytes };
}

// Whom the map is owed to, as plain text: archives write it as HTML, of which only the words are taken.
async function creditOf(opened, from, length) {
  if (!length) return '';
  try {
    const { attribution = '' } = JSON.parse(new TextDecoder().decode(await opened(from, length)));
    return String(attribution).replace(/<[^>]*>/g, '').replace(/&copy;/g, '©').replace(/&amp;/g, '&').slice(0, 200);
  } catch {
    return '';
  }
}
