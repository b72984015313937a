// Unpacks the data islands: base64 -> deflate-raw -> columns (the format stands in maps/payload.py).
import { inflate } from './inflate.js';

export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

async function unpress(bytes) {
  // Small islands and old browsers: our own code; large ones: the browser's.
  if (bytes.length < 4096 || typeof DecompressionStream === 'undefined') return inflate(bytes);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function varints(bytes, count) {
  const values = new Float64Array(count);
  for (let row = 0, at = 0; row < count; row += 1) {
    let value = 0;
    let weight = 1;
    let byte = bytes[at++];
    while (byte > 127) {
      value += (byte & 127) * weight;
      weight *= 128;
      byte = bytes[at++];
    }
    values[row] = value + byte * weight;
  }
  return values;
}

export function deltas(bytes) {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] < 128) count += 1;
  const values = new Int32Array(count);
  for (let row = 0, at = 0, sum = 0; row < count; row += 1) {
    let byte = bytes[at++];
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++];
      value |= (byte & 127) << shift;
    }
    sum += (value >>> 1) ^ -(value & 1);
    values[row] = sum;
  }
  return values;
}

// Differences of differences, byte plane by byte plane.
export function curve(bytes) {
  const count = bytes.length >> 2;
  const [second, third, fourth] = [count, count * 2, count * 3];
  const values = new Int32Array(count);
  for (let row = 0, step = 0, sum = 0; row < count; row += 1) {
    const folded = bytes[row] | (bytes[second + row] << 8) | (bytes[third + row] << 16) | (bytes[fourth + row] << 24);
    step = (step + ((folded >>> 1) ^ -(folded & 1))) | 0;
    sum = (sum + step) | 0;
    values[row] = sum;
  }
  return values;
}

// Texts are cut out of one long string, made when the first of them is asked for.
function textColumn(block, count, bytesAt) {
  let whole = null;
  let starts = null;
  const open = () => {
    if (whole !== null) return;
    whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesAt(block.text));
    starts = new Uint32Array(count + 1);
    varints(bytesAt(block.lengths), count).forEach((length, row) => { starts[row + 1] = starts[row] + length; });
  };
  return {
    text(row) { open(); return whole.slice(starts[row], starts[row + 1]); },
    whole() { open(); return whole; },
    rowAt(position) {
      let low = 0;
      let high = count;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (starts[middle] <= position) low = middle; else high = middle;
      }
      return low;
    },
    startOf(row) { open(); return starts[row]; },
  };
}

function openColumn(column, rows, bytesAt) {
  if (column.type === 'text') return { type: 'text', ...textColumn(column, rows, bytesAt) };
  const raw = bytesAt(column.block);
  if (column.type === 'codes') {
    const Codes = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[column.width];
    const codes = new Codes(raw.slice().buffer);
    const list = textColumn(column.words, column.words.count, bytesAt);
    const words = [];
    const word = (code) => (words[code] ??= list.text(code));
    return { type: 'codes', codes, count: column.words.count, word, text: (row) => word(codes[row]) };
  }
  if (column.type === 'bytes') return { type: 'bytes', values: raw };
  if (column.type === 'deltas') return { type: 'deltas', values: deltas(raw) };
  if (column.type === 'curve') return { type: 'curve', values: curve(raw) };
  if (column.type === 'files') return { type: 'files', values: filesColumn(raw, bytesAt(column.lengths)) };
  let values = null;
  const opened = () => (values ??= varints(raw, column.type === 'counts' ? countVarints(raw) : rows));
  if (column.type === 'counts') return { type: 'counts', get values() { return opened(); } };
  const number = (row) => {
    const stored = opened()[row];
    if (!stored) return null;
    const folded = stored - 1;
    return (folded % 2 ? -(folded + 1) / 2 : folded / 2) / column.scale;
  };
  return { type: 'number', number, text: (row) => { const value = number(row); return value === null ? '' : String(value); } };
}

// Whole files by their number, as views of the bytes.
function filesColumn(raw, lengths) {
  const ends = [0];
  varints(lengths, countVarints(lengths)).forEach((length, at) => ends.push(ends[at] + length));
  return { count: ends.length - 1, file: (at) => raw.subarray(ends[at], ends[at + 1]) };
}

function countVarints(bytes) {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] < 128) count += 1;
  return count;
}

export function openIsland(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const bytesAt = ([at, size]) => bytes.subarray(4 + length + at, 4 + length + at + size);
  const open = (list) => new Map(list.map((column) => [column.name, openColumn(column, head.rows, bytesAt)]));
  const columns = open(head.columns);
  const places = open(head.places);
  return {
    head,
    rows: head.rows,
    columns,
    place: (name) => places.get(name).values,
    has: (name) => columns.has(name),
    hasPlace: (name) => places.has(name),
    column: (name) => columns.get(name),
    text: (name, row) => (columns.has(name) ? columns.get(name).text(row) : ''),
    number: (name, row) => (columns.has(name) ? columns.get(name).number(row) : null),
  };
}

function takeIsland(name) {
  const element = document.getElementById(`island-${name}`);
  element?.remove();
  return element && fromBase64(element.textContent);
}

export async function readIsland(name) {
  const bytes = takeIsland(name);
  return bytes && openIsland(await unpress(bytes));
}

// A small island that is asked for while somebody waits.
export function readIslandNow(name) {
  const bytes = takeIsland(name);
  return bytes && openIsland(inflate(bytes));
}
