// Unpacks the data islands: base64 -> deflate-raw -> columns (the format stands in maps/payload.py).
import { inflate } from './inflate.js';
import { unpress } from './unpress.js';
import { takeBytes } from './opening.js';

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

// Whole numbers: planes of bytes, the lowest first, of steps (order 1) or changes of steps (2), which are folded (maps/series.py).
export function series({ count, first, order, planes }, bytes) {
  const values = new Int32Array(count);
  if (!planes) return values.fill(first);
  const [one, two, three, four] = [0, 1, 2, 3].map((plane) => bytes.subarray(plane * count, (plane + 1) * count));
  let step = 0;
  let sum = first;
  for (let row = 0; row < count; row += 1) {
    let value = one[row];
    if (planes > 1) value |= two[row] << 8;
    if (planes > 2) value |= three[row] << 16;
    if (planes > 3) value |= four[row] << 24;
    if (order) {
      value = (value >>> 1) ^ -(value & 1);
      step = order > 1 ? (step + value) | 0 : value;
      sum = (sum + step) | 0;
      values[row] = sum;
    } else values[row] = value + first;
  }
  return values;
}

function rowIn(starts, count, position) {
  let low = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= position) low = middle; else high = middle;
  }
  return low;
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
    rowAt: (position) => rowIn(starts, count, position),
    startOf(row) { open(); return starts[row]; },
  };
}

// Words as codes; where another column decides (`by`), its codes say which.
function codesColumn({ width, block, words: { count, ...words }, by }, bytesAt, columnOf) {
  const Codes = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[width];
  const stored = new Codes(bytesAt(block).slice().buffer);
  const list = textColumn(words, count, bytesAt);
  const known = [];
  const word = (code) => (known[code] ??= list.text(code));
  let codes = by ? null : stored;
  const opened = () => (codes ??= Codes.from(columnOf(by).codes, (code) => stored[code]));
  return { type: 'codes', get codes() { return opened(); }, count, word, text: (row) => word(opened()[row]) };
}

// Patterns and what fills them: \u0001 a number, \u0003 and a letter one with leading zeros, \u0002 what another column says.
function numberedColumn(column, rows, bytesAt, columnOf) {
  const patterns = codesColumn(column, bytesAt);
  const { codes } = patterns;
  const numbers = column.numbers.map((one) => { let values = null; return () => (values ??= series(one, bytesAt(one.block))); });
  const known = [];
  const text = (row) => {
    let said = '';
    for (const piece of (known[codes[row]] ??= patternPieces(patterns.word(codes[row])))) {
      if (piece.said !== undefined) said += piece.said;
      else if (piece.other) said += columnOf(column.other).text(row);
      else said += String(numbers[piece.slot]()[row]).padStart(piece.digits, '0');
    }
    return said;
  };
  return { type: 'text', text, ...joined(rows, text) };
}

function patternPieces(pattern) {
  const found = [];
  let slot = 0;
  let at = 0;
  while (at < pattern.length) {
    let end = at;
    while (end < pattern.length && pattern.charCodeAt(end) > 3) end += 1;
    if (end > at) found.push({ said: pattern.slice(at, end) });
    const mark = pattern.charCodeAt(end);
    if (mark === 2) found.push({ other: true });
    else if (end < pattern.length) found.push({ slot: slot++, digits: mark === 3 ? pattern.charCodeAt(end + 1) - 64 : 0 });
    at = end + (mark === 3 ? 2 : 1);
  }
  return found;
}

// The texts of rows as one long string, which is made when it is asked for.
function joined(rows, text) {
  let whole = null;
  let starts = null;
  const open = () => {
    if (whole !== null) return;
    starts = new Uint32Array(rows + 1);
    const texts = [];
    for (let row = 0; row < rows; row += 1) {
      const one = text(row);
      texts.push(one);
      starts[row + 1] = starts[row] + one.length;
    }
    whole = texts.join('');
  };
  return { whole() { open(); return whole; }, rowAt: (position) => rowIn(starts, rows, position), startOf(row) { open(); return starts[row]; } };
}

function openColumn(column, rows, bytesAt, columnOf) {
  if (column.type === 'text') return { type: 'text', ...textColumn(column, rows, bytesAt) };
  if (column.type === 'codes') return codesColumn(column, bytesAt, columnOf);
  if (column.type === 'numbered') return numberedColumn(column, rows, bytesAt, columnOf);
  if (column.type === 'files') return { type: 'files', values: filesColumn(bytesAt(column.block), series(column.lengths, bytesAt(column.lengths.block))) };
  let values = null;
  if (column.type === 'series') return { type: 'series', get values() { return (values ??= series(column, bytesAt(column.block))); } };
  const opened = () => (values ??= varints(bytesAt(column.block), rows));
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
  lengths.forEach((length, at) => ends.push(ends[at] + length));
  return { count: ends.length - 1, file: (at) => raw.subarray(ends[at], ends[at + 1]) };
}

export function openIsland(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const bytesAt = ([at, size]) => bytes.subarray(4 + length + at, 4 + length + at + size);
  const open = (list) => new Map(list.map((column) => [column.name, openColumn(column, head.rows, bytesAt, (name) => columns.get(name))]));
  const columns = open(head.columns);
  const places = open(head.places);
  return {
    head,
    rows: head.rows,
    columns,
    bytes: bytesAt,
    place: (name) => places.get(name).values,
    has: (name) => columns.has(name),
    hasPlace: (name) => places.has(name),
    column: (name) => columns.get(name),
    text: (name, row) => (columns.has(name) ? columns.get(name).text(row) : ''),
    number: (name, row) => (columns.has(name) ? columns.get(name).number(row) : null),
  };
}

export async function readIsland(name) {
  const bytes = takeBytes(name);
  return bytes && openIsland(await unpress(bytes));
}

// A small island that is asked for while somebody waits.
export function readIslandNow(name) {
  const bytes = takeBytes(name);
  return bytes && openIsland(inflate(bytes));
}
