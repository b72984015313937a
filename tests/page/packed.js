// What Python has packed for these tests (tests/test_page_modules.py writes packed.json).
import { readFileSync } from 'node:fs';

export const packed = JSON.parse(readFileSync(new URL('packed.json', import.meta.url), 'utf8'));
export const words = JSON.parse(readFileSync(new URL('../../maps/page/words.json', import.meta.url), 'utf8'));
// A copy that begins at no round address, as a block of an island does.
export const bytesOf = ({ bytes }) => new Uint8Array([7, ...Buffer.from(bytes, 'base64')]).subarray(1);

// A column of words as islands open it.
export function codesOf(texts) {
  const distinct = [...new Set(texts)];
  const codes = Uint8Array.from(texts, (text) => distinct.indexOf(text));
  const word = (code) => distinct[code];
  return { type: 'codes', codes, count: distinct.length, word, text: (row) => word(codes[row]) };
}

// A frame as islands open it, of columns of texts.
export function frameOfTexts(columns, places = {}) {
  const opened = new Map(Object.entries(columns).map(([name, texts]) => [name, codesOf(texts)]));
  return {
    rows: Object.values(columns)[0]?.length ?? 0,
    columns: opened,
    has: (name) => opened.has(name),
    column: (name) => opened.get(name),
    place: (name) => places[name],
    hasPlace: (name) => name in places,
    text: (name, row) => (opened.has(name) ? opened.get(name).text(row) : ''),
    number: () => null,
  };
}
