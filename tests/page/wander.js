// Wanders about a page at random, the same way for the same seed, and tells what does not fit together (tests/test_page_walks.py).

// Mulberry32: a number from 0 to 1 after another.
export function chances(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const find = (selector) => Array.from(document.querySelectorAll(selector));
const seen = (element) => element.isConnected && element.getClientRects().length > 0 && !element.disabled;
const box = () => document.getElementById('search');

function type(text) {
  box().focus();
  box().value = text;
  box().dispatchEvent(new Event('input', { bubbles: true }));
}

const key = (element, name) => element.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));

// What a person may do; each gets a chooser among things.
export const ACTS = {
  press: (pick) => pick(find('button').filter(seen))?.click(),
  filter: (pick) => pick(find('#legend [data-facet]').filter(seen))?.click(),
  row: (pick) => pick(find('[data-site-id]').filter(seen))?.click(),
  open: (pick) => pick(find('summary').filter(seen))?.click(),
  sort: (pick) => pick(find('[role=columnheader] button'))?.click(),
  type: (pick, texts) => type(pick(texts)),
  take: (pick) => { type(pick(['S-0', '水', 'R-', '104.8, 26.5'])); key(box(), 'ArrowDown'); key(box(), 'Enter'); },
  key: (pick) => key(document.activeElement || document.body, pick(['Escape', '/', 'ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Home'])),
  tap: (pick) => window.map_inspection.fire('click', { latlng: L.latLng(26.4 + pick(HUNDRED) / 300, 104.7 + pick(HUNDRED) / 300) }),
  zoom: (pick) => window.map_inspection.setZoom(pick([4, 9, 11, 13, 16]), { animate: false }),
  pan: (pick) => window.map_inspection.panBy([pick(HUNDRED) * 4 - 200, pick(HUNDRED) * 4 - 200], { animate: false }),
  language: (pick) => headwater.language(pick(['zh', 'en'])),
  clear: () => headwater.filter({}),
  leave: () => key(document.body, 'Escape'),
  print: () => window.print(),
  resize: () => window.dispatchEvent(new Event('resize')),
  address: (pick, texts) => { window.location.hash = pick([`#text=${encodeURIComponent(pick(texts))}`, '#result=violation&lang=en', '#open=x&map=26.5,104.8,12', `#${pick(texts)}`, '#']); },
};
const HUNDRED = Array.from({ length: 100 }, (_, place) => place);

const FIX = { coords: { latitude: 26.5, longitude: 104.8, accuracy: 12, heading: null, speed: null }, timestamp: 0 };

// A step leaves the page by no way: nothing is saved, shared, printed or picked from the disk, and no satellite is asked.
export function stayOnThePage() {
  window.print = () => ['beforeprint', 'afterprint'].forEach((name) => window.dispatchEvent(new Event(name)));
  window.confirm = () => true;
  HTMLAnchorElement.prototype.click = () => {};
  HTMLInputElement.prototype.click = () => {};
  Geolocation.prototype.getCurrentPosition = (heard) => { setTimeout(() => heard(FIX), 0); };
  Geolocation.prototype.watchPosition = (heard) => setTimeout(() => heard(FIX), 0);
  Geolocation.prototype.clearWatch = () => {};
  delete Navigator.prototype.share;
  delete Navigator.prototype.canShare;
}

const digits = (text) => Number(text.replace(/[\s\u202f]/g, '').match(/\d+/)?.[0] ?? NaN);

// What is shown, as the counts, the bar, the rows and the chosen values of the legend have it; `sites` are what was given.
export function faults(sites) {
  const { shown, sites: all } = headwater.counts;
  const told = [];
  const expect = (what, found, wanted) => { if (JSON.stringify(found) !== JSON.stringify(wanted)) told.push(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`); };
  expect('sites', all, sites.length);
  expect('bar', digits(document.querySelector('.tablebar .count').textContent), shown);
  if (document.querySelector('.groupcell')) return told;
  const rows = find('[data-site-id]').map((row) => row.dataset.siteId).sort();
  if (all <= 60) expect('rows', rows.length, shown);
  const chosen = new Map();
  find('#legend [data-facet][aria-checked=true]').forEach(({ dataset: { facet, value } }) => chosen.set(facet, [...(chosen.get(facet) || []), value]));
  const known = [...chosen.keys()].every((facet) => facet in sites[0]);
  if (!known || find('[data-chip=text], [data-loosen=text], [data-finished][aria-checked=true]').length || all > 60) return told;
  const passing = sites.filter((site) => [...chosen].every(([facet, values]) => values.includes(site[facet])));
  expect('passing', rows, passing.map((site) => site.site_id).sort());
  return told;
}

// One walk of so many steps: the first step after which something does not fit, told with all steps before; else nothing.
export async function wander(seed, steps, sites, texts) {
  const chance = chances(seed);
  const pick = (things) => things[Math.floor(chance() * things.length)];
  const done = [];
  for (let step = 0; step < steps; step += 1) {
    const name = pick(Object.keys(ACTS));
    done.push(name);
    try {
      ACTS[name](pick, texts);
    } catch (fault) {
      return `walk ${seed}, ${done.join(' ')}: ${fault.stack}`;
    }
    // What waits for the next turn happens now; what waits for a frame, soon.
    await new Promise((resolve) => { setTimeout(resolve, 0); });
    const told = faults(sites);
    if (told.length) return `walk ${seed}, ${done.join(' ')}: ${told.join('; ')}`;
  }
  return '';
}
