// Printing: by the browser's own command the map and the list; by our button also sheets of single sites.
import { page } from './state.js';
import { make, number, say } from './words.js';
import { filters } from './filters.js';
import { nameOf } from './find.js';
import { shownRows } from './ordering.js';
import { addTool, stopTool } from './tools.js';
import { openPanel, closePanel } from './panel.js';
import { reading } from './photos.js';
import { emptyPaper, layList, mapOfPaper } from './paper.js';
import { laySheets, MOST_SHEETS } from './sheets.js';
import { fetchTiles } from './base.js';

// What lies on the paper, put there by the button before the browser is asked to print.
let laid = false;

async function print(layPaper) {
  stopTool();
  await Promise.all([fetchTiles(mapOfPaper()), reading()]);
  layPaper();
  await Promise.all([...document.querySelectorAll('#paper img')].map((image) => image.decode().catch(() => {})));
  laid = true;
  window.print();
}

function choices() {
  const choice = (kind, act, text, more) => make('button', { type: 'button', class: 'hit', 'data-print': kind, onclick: () => print(act) }, make('span', { class: 'names' }, make('b', {}, text), make('small', {}, more)));
  const sheets = Math.min(filters.shown, MOST_SHEETS);
  const one = page.selected?.layer === 'sites' ? page.selected.row : -1;
  return [choice('list', layList, say('print.list'), say('print.list.more', { count: number(filters.shown) })),
    sheets ? choice('sheets', () => laySheets(shownRows()), say('print.sheets'), filters.shown > MOST_SHEETS
      ? say('print.sheets.most', { most: number(MOST_SHEETS), shown: number(filters.shown) }) : say('print.sheets.more', { count: number(sheets) })) : null,
    one >= 0 ? choice('this', () => laySheets([one]), say('print.this'), nameOf('sites', one)) : null];
}

export function startPrinting() {
  addTool('print', { start: () => openPanel(say('tool.print'), ...choices()), stop: closePanel });
  window.addEventListener('beforeprint', () => {
    document.documentElement.classList.add('printing');
    if (!laid) layList();
  });
  window.addEventListener('afterprint', () => {
    document.documentElement.classList.remove('printing');
    laid = false;
    emptyPaper();
  });
}
