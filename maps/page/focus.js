// Where the keyboard is: the order of the page's parts, into the drawer and back, and what was focused before a part was drawn anew.
import { page, listen, narrow } from './state.js';
import { say } from './words.js';
import { openTable } from './table.js';

let byKey = false;
let opener = null;
let openerRow = null;
let shown = null;

// Draws `parts` into `root`; what had the focus has it again, told by its data.
export function redrawn(root, parts) {
  const focused = root.contains(document.activeElement) ? Object.entries(document.activeElement.dataset) : [];
  root.replaceChildren(...parts);
  if (!focused.length) return;
  [...root.querySelectorAll('button, input, select')].find((one) => focused.every(([name, text]) => one.dataset[name] === text))?.focus({ preventScroll: true });
}

// On a wide screen the map stands between filters and table, as it looks; on the phone, and on paper, before the sheet.
function placeMap(beside) {
  const [map, sheet] = ['map', 'sheet'].map((id) => document.getElementById(id));
  const inside = map.parentNode === sheet;
  if (beside && !inside) sheet.insertBefore(map, document.getElementById('table'));
  if (!beside && inside) sheet.before(map);
}

// Whoever opens a site by keyboard reads on in the drawer, and is back where it was opened when it closes.
function followSelection() {
  const drawer = document.getElementById('detail');
  const { selected } = page;
  const same = selected && shown && selected.layer === shown.layer && selected.row === shown.row;
  const before = shown;
  shown = selected;
  if (same) return;
  if (selected && byKey) {
    if (!before || !opener) {
      opener = document.activeElement;
      openerRow = opener.dataset.row;
    }
    drawer.querySelector('h2').focus({ preventScroll: true });
  }
  if (selected) return;
  if (opener && document.activeElement === document.body) lead();
  opener = null;
}

function lead() {
  // Rows of the table are made anew as it scrolls.
  const row = openerRow ? document.querySelector(`#table [data-row="${openerRow}"]`) : null;
  const back = opener.isConnected && opener !== document.body ? opener : row || document.querySelector('#map .leaflet-container');
  back.focus({ preventScroll: true });
}

function skip() {
  openTable(true);
  document.querySelector('#table .scroller').focus();
}

export function startFocus() {
  const beside = () => placeMap(!narrow());
  beside();
  window.matchMedia('(max-width: 699px)').addEventListener('change', beside);
  window.addEventListener('beforeprint', () => placeMap(false));
  window.addEventListener('afterprint', beside);
  document.addEventListener('keydown', () => { byKey = true; }, true);
  document.addEventListener('pointerdown', () => { byKey = false; }, true);
  document.getElementById('skip').addEventListener('click', skip);
  const name = () => {
    document.getElementById('skip').textContent = say('skip');
    document.querySelector('#map .leaflet-container').setAttribute('aria-label', say('map.label'));
  };
  name();
  listen('language', name);
  listen('select', followSelection);
}
