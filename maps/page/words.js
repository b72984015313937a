// What the page says, in the language of the moment. Sentences come from words.json, words of the field from the data.
import { page } from './state.js';

// A sentence with its {slots} filled; a slot is filled once, so text from data is never looked into again.
export function say(key, slots = {}) {
  const sentence = page.sentences[key];
  if (!sentence) throw new Error(`no sentence ${key} in words.json`);
  return sentence[page.language].replace(/\{(\w+)\}/g, (_, slot) => String(slots[slot]));
}

// The word for a code of a table (`results`, `statuses` …); a code without a word is printed as it is.
export function word(table, code) {
  const entry = page.words[table]?.[code];
  if (entry) return entry[page.language];
  if (code === '' && page.sentences[`none.${table}`]) return say(`none.${table}`);
  return code;
}

export function both(entry) {
  return entry[page.language] || entry.zh || entry.en || '';
}

const COLUMN_TABLES = {
  result: 'results', status: 'statuses', overdue: 'overdue', strictest_level: 'levels', level: 'levels', zone_level: 'levels',
  kind: 'kinds', layer: 'layers', severity: 'severities', change: 'changes', stated_status: 'statuses', look_back: 'look_backs', class: 'classes', target_class: 'classes',
  effect: 'effects', relation: 'relations', operating: 'operating', medium: 'media', water_type: 'water_types',
};

// A value of a column as people read it.
export function value(column, text) {
  const table = COLUMN_TABLES[column];
  if (table) return word(table, text);
  if (text === 'true') return say('yes');
  if (text === 'false') return say('no');
  return text;
}

// The heading of a column: ours in both languages, a column of the agency's own as it is.
export function heading(column) {
  return page.sentences[`column.${column}`] ? say(`column.${column}`) : column;
}

export function number(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

export function metres(amount) {
  if (amount === null) return '';
  if (Math.abs(amount) >= 9999.5) return say('unit.kilometres', { amount: (amount / 1000).toFixed(1) });
  return say('unit.metres', { amount: Math.abs(amount) < 9.95 ? amount.toFixed(1).replace(/\.0$/, '') : Math.round(amount) });
}

// Elements are made here and nowhere from markup: text from data is only ever set as text.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, setting] of Object.entries(attributes)) {
    if (name === 'class') element.className = setting;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), setting);
    else if (setting !== null && setting !== false) element.setAttribute(name, setting === true ? '' : setting);
  }
  element.append(...children.filter((child) => child !== null && child !== ''));
  return element;
}
