// The browser's Back on a phone: it closes the card or the sheet that is open, before it leaves the page.
import { page, listen, narrow, tell } from './state.js';
import { isSheetOpen, setSheet } from './sheet.js';

const ENTRY = 'headwater-open';
// Whether our entry is the browser's latest, and whether we have asked for it to be taken back.
let entered = false;
let leaving = false;
// The address that goes along when we take back an entry that a reload has left with nothing open.
let brought = null;

const somethingOpen = () => Boolean(page.selected) || isSheetOpen();

// What is open has one entry in the history; where the browser refuses that, Back leaves the page as ever.
function keepHistory() {
  if (leaving) return;
  try {
    if (somethingOpen() && !entered && narrow()) {
      window.history.pushState(ENTRY, '');
      entered = true;
    } else if (!somethingOpen() && entered) {
      leaving = true;
      window.history.back();
    }
  } catch {
    leaving = false;
  }
}

function wentBack() {
  if (window.history.state === ENTRY) entered = true;
  if (!entered || window.history.state === ENTRY) return;
  entered = false;
  if (leaving) {
    leaving = false;
    if (brought !== null) window.history.replaceState(window.history.state, '', brought || '#');
    brought = null;
    keepHistory();
  } else {
    if (page.selected) page.choose(null);
    if (isSheetOpen()) setSheet('low');
  }
  tell('stepped');
}

export function startBack() {
  entered = window.history.state === ENTRY;
  listen('select', keepHistory);
  listen('sheet', keepHistory);
  window.addEventListener('popstate', wentBack);
  if (entered && !somethingOpen()) brought = window.location.hash;
  keepHistory();
}
