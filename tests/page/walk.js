// Walks a page whose texts are `words` and tells what it shows, a text per state: elements, attributes and texts in
// their order, each word as its number. Two pages of other words must tell the same (tests/test_page_hostile.py).

// Where the order of things follows from their texts, and what follows from how long texts are.
const UNORDERED = '.values, .hits';
const MEASURED = new Set(['style', 'width', 'height']);
// Names on the drawn map have as much room as their texts take, and are cut short.
const NAMES = 'svg text.nm';
// What a link asks of a map on the phone, and the name of an original photo, are spelt as addresses are.
const ADDRESSES = new Set(['href', 'src']);
const addressed = (value) => value.replace(/^(blob:|photos\/).*/s, '$1').replace(/[(?].*/s, '');
// Texts that have a scroll bar of their own where they are long.
const LONG = 'dd.long';
// Titles stand on the margins of paper, cut short and each character escaped: nothing of them may end the string.
const withoutStrings = (sheet) => sheet.replace(/"(?:[^"\\]|\\[0-9a-f]+ )*"/g, '""');

// `marks` are pairs of a word and what stands for it, of both pages: where the page itself says one of them, it does in both.
export function teller(marks) {
  const signs = new Map(marks);
  // Longer words first, as one may be part of another.
  const longestFirst = [...signs.keys()].sort((one, other) => other.length - one.length);
  const any = new RegExp(longestFirst.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  const marked = (text) => text.replace(any, (word) => signs.get(word));
  const tell = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return JSON.stringify(marked(node.data));
    if (node.nodeType !== Node.ELEMENT_NODE) return `<${node.nodeType}>`;
    if (node.localName === 'style') return withoutStrings(node.textContent);
    if (node.matches(NAMES)) return '';
    const attributes = node.matches(LONG) ? '' : Array.from(node.attributes).filter(({ name }) => !MEASURED.has(name))
      .map(({ name, value }) => ` ${marked(name)}=${JSON.stringify(marked(ADDRESSES.has(name) ? addressed(value) : value))}`).sort().join('');
    const inner = Array.from(node.childNodes, tell).filter(Boolean);
    if (node.matches(UNORDERED)) inner.sort();
    return `<${node.localName}${attributes}>\n${inner.join('\n')}\n</${node.localName}>`;
  };
  return tell;
}

const press = (selector) => document.querySelectorAll(selector).forEach((one) => one.click());

export function walk(words, marks, suffixes) {
  const tell = teller(marks);
  const states = {};
  const note = (name, ...selectors) => {
    states[name] = selectors.flatMap((selector) => Array.from(document.querySelectorAll(selector), tell)).join('\n');
  };
  headwater.language('zh');
  while (document.querySelector('#legend .more')) press('#legend .more');
  note('whole', 'header', '#numbers', '#legend', '.tablebar', '#unassessed');
  note('table', '#table .row');
  for (const [layer, suffix] of Object.entries(suffixes)) {
    words.forEach((word, place) => {
      headwater.select(word + suffix);
      note(`${layer} ${place}`, '#detail', '.leaflet-popup-content > *', '#announce');
    });
    headwater.language('en');
  }
  // Popups move the map as far as their texts are long.
  window.map_inspection.setView([26.4, 104.6], 10, { animate: false });
  window.dispatchEvent(new Event('beforeprint'));
  note('paper', '#paper');
  window.dispatchEvent(new Event('afterprint'));
  return states;
}

// What the search box offers for each word that it takes: the texts of its options.
export function searches(words) {
  const box = document.getElementById('search');
  const found = words.map((word) => {
    box.value = word;
    box.dispatchEvent(new Event('input'));
    // A box of one line leaves out what ends one.
    return box.value === word ? Array.from(document.querySelectorAll('#hits [role=option] b'), (one) => one.textContent) : null;
  });
  box.value = '';
  box.dispatchEvent(new Event('input'));
  return found;
}

// What a reader of the file that runs no scripts makes of it.
export function parsed(marks, file) {
  const page = new DOMParser().parseFromString(file, 'text/html');
  page.querySelectorAll('script, style').forEach((one) => one.remove());
  return [page.querySelector('title'), page.body].map(teller(marks)).join('\n');
}
