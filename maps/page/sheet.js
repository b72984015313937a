// The phone's bottom sheet: three heights, one page of it at a time (list, filters, detail).
import { page, listen, narrow, tell } from './state.js';
import { filters } from './filters.js';
import { make, say } from './words.js';

const HEIGHTS = ['low', 'half', 'full'];
const PAGES = ['table', 'filters', 'field', 'detail'];
const app = () => document.getElementById('app');

export function setSheet(height) {
  app().dataset.sheet = height;
  tell('sheet');
}

export const isSheetOpen = () => narrow() && app().dataset.sheet !== 'low';

export function showPage(name, height) {
  app().dataset.page = name;
  if (height) setSheet(height); else tell('sheet');
  drawTabs();
}

function drawTabs() {
  const shown = app().dataset.page;
  const tab = (name) => make('button', {
    type: 'button', 'aria-pressed': String(name === shown), class: 'tab', onclick: () => showPage(name, app().dataset.sheet === 'low' ? 'half' : null),
  }, say(`tab.${name}`));
  document.getElementById('tabs').replaceChildren(...PAGES.filter((name) => name !== 'detail' || page.selected || page.reply).map(tab));
  document.getElementById('handle').setAttribute('aria-label', say('sheet.handle'));
}

// Drag to the nearest of the three heights; a tap goes to the next.
function startHandle() {
  const handle = document.getElementById('handle');
  const sheet = document.getElementById('sheet');
  let start = null;
  handle.addEventListener('pointerdown', (event) => {
    start = { y: event.clientY, height: sheet.offsetHeight, moved: false };
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener('pointermove', (event) => {
    if (!start) return;
    start.moved ||= Math.abs(event.clientY - start.y) > 8;
    if (start.moved) sheet.style.height = `${Math.max(90, start.height + start.y - event.clientY)}px`;
  });
  const end = () => {
    if (!start) return;
    const share = sheet.offsetHeight / window.innerHeight;
    const next = HEIGHTS[(HEIGHTS.indexOf(app().dataset.sheet) + 1) % HEIGHTS.length];
    setSheet(start.moved ? (share > 0.68 ? 'full' : share > 0.26 ? 'half' : 'low') : next);
    sheet.style.height = '';
    start = null;
  };
  handle.addEventListener('pointerup', end);
  handle.addEventListener('pointercancel', end);
  handle.addEventListener('keydown', (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1, Enter: 1, ' ': 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    setSheet(HEIGHTS[Math.max(0, Math.min(2, HEIGHTS.indexOf(app().dataset.sheet) + step))]);
  });
}

export function startSheet() {
  page.showReply = () => {
    showPage('detail', narrow() && app().dataset.sheet === 'low' ? 'half' : null);
    tell('asked');
  };
  showPage('table', 'low');
  startHandle();
  listen('language', drawTabs);
  // A filter that leaves nothing says so where it can be seen.
  listen('narrowed', () => { if (narrow() && !filters.shown && app().dataset.sheet === 'low') showPage('table', 'half'); });
  listen('select', () => {
    if (page.selected) showPage('detail', narrow() && app().dataset.sheet === 'low' ? 'half' : null);
    else if (app().dataset.page === 'detail') showPage('table', 'low');
  });
}
