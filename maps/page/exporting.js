// Exactly the shown sites in the order of the table as a file: CSV, CSV that a spreadsheet changes nothing of, GeoJSON.
import { page } from './state.js';
import { findingsOf, why } from './records.js';
import { heading, value, word } from './words.js';
import { shownRows } from './ordering.js';
import { geometryOf, lonLat } from './outlines.js';
import { canShare, saveFile, shareFile } from './download.js';

const BOM = '\ufeff';
const ROWS_A_PIECE = 2000;
// Columns of several codes, each a table of words.
const CODE_LISTS = new Set(['flags', 'contradictions', 'missing']);
// What a spreadsheet would run, also behind blanks and in full width; OWASP: an apostrophe before it keeps it text.
const RUNS = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
// Where a spreadsheet that splits at semicolons or tabs would begin a cell, and run it.
const RUNS_BEHIND = /([;\t]\s*)(?=[=+\-@＝＋－＠])/g;
// What a spreadsheet would take for a date, a time or a rounded number: long or zero-led digits, 2017-11-30, 1/2, 3e5.
const TURNED = /^(?:\d{12,}|0\d+|\d+[-/:]\d+(?:[-/:.]\d+)*(?:[T ][\d:.+Z-]*)?|\d+\.\d+\.[\d.]*|\d+(?:\.\d+)?e\d+|[a-z]{3,9}[- /]?\d{1,4})$/i;

// Columns as in sites.csv, then all others; positions stand where they do there.
function columnsToWrite() {
  const names = [...page.sites.columns.keys()];
  const place = names.indexOf('change');
  names.splice(place < 0 ? names.length : place, 0, 'lon', 'lat');
  return names;
}

function cellText(name, row) {
  if (name === 'lon' || name === 'lat') {
    const place = lonLat(row);
    return place ? String(place[name === 'lon' ? 0 : 1]) : '';
  }
  return page.sites.text(name, row);
}

const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
const asGiven = (text) => (/[",\r\n]|^\s|\s$/.test(text) ? quoted(text) : text);

function forSpreadsheet(text) {
  if (TURNED.test(text)) return quoted(`="${text}"`);
  const told = text.replace(RUNS_BEHIND, "$1'");
  if (RUNS.test(told)) return quoted(`'${told}`);
  return /[;\t]/.test(told) ? quoted(told) : asGiven(told);
}

const isOwnNumber = (name) => name === 'lon' || name === 'lat' || page.sites.column(name).type === 'number';

// The columns as people read them; where the data have one that is called alike, ours says which it is.
function headings(names) {
  const told = names.map(heading);
  return told.map((one, at) => (told.indexOf(one) === told.lastIndexOf(one) ? one : `${one} (${names[at]})`));
}

// A cell as people read it: a word for a code of ours, all else as the data have it.
function inWords(name, text) {
  if (name === 'not_assessed_why') return text.split(';').filter(Boolean).map(why).join('; ');
  if (CODE_LISTS.has(name)) return text.split(';').filter(Boolean).map((one) => word(name, one)).join('; ');
  return heading(name) === name ? text : value(name, text);
}

// `written` makes a field of a text, `told` a text of what the data have; the numbers that we have found ourselves are no text.
function* csvPieces(rows, written, head, told) {
  const names = columnsToWrite();
  const fields = names.map((name) => (isOwnNumber(name) ? (row) => cellText(name, row) : (row) => written(told(name, cellText(name, row)))));
  yield `${BOM}${head(names).map(written).join(',')}\r\n`;
  for (let start = 0; start < rows.length; start += ROWS_A_PIECE) {
    yield Array.from(rows.subarray(start, start + ROWS_A_PIECE), (row) => `${fields.map((field) => field(row)).join(',')}\r\n`).join('');
  }
}

const orNull = (text) => (text === '' ? null : text);
const valueOf = (island, name, row) => (island.column(name).type === 'number' ? island.number(name, row) : orNull(island.text(name, row)));

function properties(names, own, row) {
  const told = names.map((name) => [name, name === 'lon' || name === 'lat' ? Number(cellText(name, row)) : valueOf(page.sites, name, row)]);
  const found = findingsOf({ layer: 'sites', row }).map((finding) => Object.fromEntries([...page.findings.columns.keys()].map((name) => [name, valueOf(page.findings, name, finding)])));
  return Object.fromEntries([...told, [own, found]]);
}

// A FeatureCollection of RFC 7946, one feature a line, each with its findings.
function* geojsonPieces(rows) {
  const names = columnsToWrite();
  const own = names.includes('findings') ? 'headwater_findings' : 'findings';
  yield '{"type":"FeatureCollection","features":[\n';
  for (let start = 0; start < rows.length; start += ROWS_A_PIECE) {
    const lines = Array.from(rows.subarray(start, start + ROWS_A_PIECE), (row) => {
      const placed = names.filter((name) => lonLat(row) || (name !== 'lon' && name !== 'lat'));
      return JSON.stringify({ type: 'Feature', properties: properties(placed, own, row), geometry: geometryOf(row) });
    });
    yield `${start ? ',\n' : ''}${lines.join(',\n')}`;
  }
  yield '\n]}\n';
}

const FORMATS = {
  csv: { type: 'text/csv', end: '.csv', pieces: (rows) => csvPieces(rows, asGiven, (names) => names, (_, text) => text) },
  excel: { type: 'text/csv', end: '-excel.csv', pieces: (rows) => csvPieces(rows, forSpreadsheet, headings, inWords) },
  geojson: { type: 'application/geo+json', end: '.geojson', pieces: geojsonPieces },
};
export const exportFormats = () => Object.keys(FORMATS);

const exportName = (format) => `${page.run.title}_${page.run.as_of}_${shownRows().length}${FORMATS[format].end}`;

export const canShareExport = (format) => canShare(exportName(format), FORMATS[format].type);

// Saves what is shown, or hands it on where `share` is wanted and works; false where nothing is shown.
export async function exportShown(format, share = false) {
  const rows = shownRows();
  if (!rows.length) return false;
  const { type, pieces } = FORMATS[format];
  const file = [exportName(format), type, [...pieces(rows)]];
  if (!share || !await shareFile(...file)) saveFile(...file);
  return true;
}
