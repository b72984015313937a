// Start: unpack the islands, paint, and say when the map can be used.
import { page, listen, tell, heardBy, coarse, still } from './state.js';
import { make, say } from './words.js';
import { openIsland } from './islands.js';
import { CONTEXT, FRAMES } from './opening.js';
import { openShapes, toLat, toLon } from './shapes.js';
import { answersOf, openRecords, sitesWithId } from './records.js';
import { filters, openFilters, setFilters } from './filters.js';
import { find, frameOf, idOf } from './find.js';
import { canvasLayer } from './canvas.js';
import { paintBase, paintZones } from './areas.js';
import { openPoints } from './points.js';
import { paintLabels } from './labels.js';
import { paintMarks } from './drawing.js';
import { paintDegrees } from './graticule.js';
import { startBase } from './base.js';
import { choose, clicked } from './popup.js';
import { fillDetail } from './drawer.js';
import { photosRead, startPhotos } from './photos.js';
import { crowdAt, siteAt } from './hits.js';
import { actingBox, fitBox, seenFrom, startAim, wholeBox } from './aim.js';
import { drawTable, startTable } from './table.js';
import { startSearch } from './search.js';
import { drawRail, startRail } from './rail.js';
import { startFocus } from './focus.js';
import { startSheet } from './sheet.js';
import { startBack } from './back.js';
import { startLink } from './link.js';
import { startPrinting } from './printing.js';
import { stopTool } from './tools.js';
import { ask } from './asking.js';
import { startEntering } from './entering.js';
import { startField } from './field.js';
import { startMeasure } from './measure.js';
import { startQuestion } from './question.js';
import { startChanges } from './changes.js';
import { startUnassessed } from './unassessed.js';

const TAGS = { zh: 'zh-CN', en: 'en' };

// Objects lose their prototype, so that a code such as "constructor" is nobody's word.
function bare(thing) {
  if (thing === null || typeof thing !== 'object') return thing;
  for (const key in thing) bare(thing[key]);
  return Array.isArray(thing) ? thing : Object.setPrototypeOf(thing, null);
}

function unpack() {
  const { opening } = window;
  delete window.opening;
  const { run: facts, answers, style, words, sentences, language } = bare(openIsland(opening.get('run')).head);
  Object.assign(page, { run: facts, answers, style, words, sentences, language, shapes: {} });
  for (const name of [...FRAMES, ...CONTEXT]) {
    if (!opening.get(name)) continue;
    const island = openIsland(opening.get(name));
    if (CONTEXT.includes(name)) page.context[name] = island;
    else page[name] = island;
    if (name !== 'findings') page.shapes[name] = openShapes(island);
  }
  page.points = openPoints(page.sites);
  openRecords();
  openFilters();
}

function openMap() {
  const map = window.map_inspection;
  page.map = map;
  const box = wholeBox();
  page.bounds = [toLon(box[0]), toLat(box[3]), toLon(box[2]), toLat(box[1])];
  ['ground', 'sites'].forEach((name, at) => {
    map.createPane(name).style.zIndex = 300 + at * 40;
    map.getPane(name).style.pointerEvents = 'none';
  });
  if (still()) {
    map._zoomAnimated = map.options.inertia = false;
    map.panBy = (offset, options) => L.Map.prototype.panBy.call(map, offset, { ...options, animate: false });
  }
  map.invalidateSize({ animate: false });
  fitBox(actingBox(box));
  // Two pictures, not more: where no graphics card helps, every one of them is laid over the others in each frame.
  let named = false;
  const paintNames = (view) => paintLabels(view, paintDegrees(view, seenFrom(view)));
  const layers = [
    canvasLayer('ground', (view) => { paintBase(view); paintZones(view); }),
    canvasLayer('sites', (view) => { paintMarks(view); if (named) paintNames(view); }),
  ];
  layers.forEach((layer) => layer.addTo(map));
  const repaint = (...which) => which.forEach((at) => layers[at].repaint());
  page.repaint = () => layers.forEach((layer) => layer._update());
  const soon = (at) => {
    let waiting = false;
    return () => {
      if (!waiting) requestAnimationFrame(() => { waiting = false; repaint(at); });
      waiting = true;
    };
  };
  for (const event of ['filter', 'select']) listen(event, () => repaint(1));
  for (const event of ['layers', 'theme']) listen(event, () => repaint(0, 1));
  listen('base', soon(0));
  listen('hover', soon(1));
  rest.push(() => {
    named = true;
    layers[1].add(paintNames);
    listen('language', () => repaint(1));
    // The sheet covers more or less of the map; its own movement ends later.
    listen('sheet', soon(1));
    document.getElementById('sheet').addEventListener('transitionend', soon(1));
  });
  const at = (event) => [map.project(event.latlng, 20), (coarse() ? 22 : 10) / 2 ** (map.getZoom() - 20)];
  map.on('click', (event) => {
    const [place, reach] = at(event);
    if (page.tool?.click) page.tool.click({ lon: event.latlng.lng, lat: event.latlng.lat, x: place.x, y: place.y });
    else clicked(place, reach);
  });
  map.on('mousemove', (event) => {
    const [{ x, y }, reach] = at(event);
    const row = siteAt(x, y, reach);
    map.getContainer().style.cursor = page.tool?.click ? 'crosshair' : row >= 0 || crowdAt(x, y, reach) ? 'pointer' : '';
    pointAt(row);
  });
  map.on('mouseout', () => pointAt(-1));
  addScale(map);
  addZoom(map, box);
}

// What the pointer is on; the table shows it, too.
function pointAt(row) {
  if (row === page.pointed) return;
  page.pointed = row;
  tell('pointed');
}

// Leaflet's bar, in the page's words.
function addScale(map) {
  const Scale = L.Control.Scale.extend({
    _updateMetric(most) {
      const round = this._getRoundNum(most);
      const [unit, amount] = round < 1000 ? ['unit.metres', round] : ['unit.kilometres', round / 1000];
      this._updateScale(this._mScale, say(unit, { amount }), round / most);
    },
  });
  const scale = new Scale({ imperial: false, maxWidth: 120, position: 'bottomleft' }).addTo(map);
  listen('language', () => scale._update());
}

function addZoom(map, box) {
  const button = (key, sign, act) => make('button', { type: 'button', 'data-say': key, onclick: act }, sign);
  const bar = make('div', { id: 'zoom', role: 'group' }, button('zoom.in', '+', () => map.zoomIn(1)), button('zoom.out', '−', () => map.zoomOut(1)),
    button('zoom.all', '⤢', () => fitBox(box, !still())));
  document.getElementById('map').append(make('div', { id: 'controls' }, bar, make('div', { id: 'tools', role: 'group' })));
}

// The latest edition of the rules and, of several books, how many; the rail's foot names each.
function edition() {
  const editions = page.run.rule_books.map((book) => book.edition).sort();
  return editions.length ? say(editions.length > 1 ? 'edition.of' : 'edition', { edition: editions.at(-1), count: editions.length }) : '';
}

function nameAll(language) {
  page.language = language;
  document.documentElement.lang = TAGS[language];
  const rules = edition();
  document.getElementById('as-of').replaceChildren(say('as_of', { date: page.run.as_of }), make('span', { id: 'edition' }, rules && ` · ${rules}`));
  const other = language === 'zh' ? 'en' : 'zh';
  const change = document.getElementById('language');
  change.textContent = page.sentences['language.name'][other];
  change.lang = TAGS[other];
  document.querySelectorAll('[data-say]').forEach((element) => {
    element.title = say(element.dataset.say);
    element.setAttribute('aria-label', say(element.dataset.say));
  });
}

function setLanguage(language) {
  nameAll(language);
  const { selected } = page;
  tell('language');
  fillDetail();
  if (selected) choose(selected);
}

function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && page.tool) stopTool();
    else if (event.key === 'Escape' && page.selected) choose(null);
    else if (event.key === 'Escape') page.map.closePopup();
    if (event.key === '/' && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      document.getElementById('search').focus();
    }
  });
}

function hitOf(id) {
  const rows = sitesWithId(String(id));
  if (rows.length) return { layer: 'sites', row: rows[0] };
  for (const layer of ['sections', 'zones']) {
    for (let row = 0; row < frameOf(layer).rows; row += 1) if (idOf(layer, row) === String(id)) return { layer, row };
  }
  throw new RangeError(`no site, section or zone has the id ${id}`);
}

function promise(ready) {
  const whole = (act) => (...asked) => { finish(); return act(...asked); };
  const handle = {
    ready,
    get counts() {
      return { sites: page.sites.rows, zones: page.zones.rows, sections: page.sections.rows, findings: page.findings.rows, shown: filters.shown };
    },
    select: whole((id) => choose(hitOf(id), { fly: true })),
    filter: whole(setFilters),
    find,
    answers: (id) => answersOf(hitOf(id)),
    language: whole(setLanguage),
    ask: whole(ask),
  };
  window.headwater = handle;
}

// What of the start is still to be done: one thing after the other, so that the page answers in between; all of it at
// once as soon as somebody acts.
const rest = [];
const ACTS = ['pointerdown', 'mousedown', 'wheel', 'keydown', 'focusin', 'input', 'hashchange', 'popstate', 'beforeprint'];

function finish() {
  while (rest.length) rest.shift()();
}

const nextTask = () => new Promise((done) => { setTimeout(done); });

async function finishInTurn() {
  ACTS.forEach((act) => window.addEventListener(act, finish, { capture: true }));
  while (rest.length) {
    await nextTask();
    if (rest.length) rest.shift()();
  }
  ACTS.forEach((act) => window.removeEventListener(act, finish, { capture: true }));
  await photosRead();
  performance.mark('headwater:complete');
}

const startLanguage = () => document.getElementById('language').addEventListener('click', () => setLanguage(page.language === 'zh' ? 'en' : 'zh'));
const STARTS = [startFocus, startSheet, startRail, startAim, startTable, startSearch, startPrinting, startBase, startUnassessed, startChanges, startPhotos, startMeasure, startQuestion,
  startEntering, startField, startKeys, startLanguage];

async function start() {
  try {
    unpack();
    performance.mark('headwater:unpacked');
    page.choose = (hit) => choose(hit, { fly: Boolean(hit) });
    openMap();
    STARTS.forEach((begin) => begin());
    nameAll(page.language);
    // Everything that says something says it first when it hears the language: rail and table each by itself.
    const small = heardBy('language').filter((heard) => ![drawRail, drawTable].includes(heard));
    rest.unshift(drawRail, drawTable, () => {
      small.forEach((heard) => heard());
      fillDetail();
      startLink(setLanguage);
      startBack();
    });
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => tell('theme'));
    document.querySelectorAll('.plain').forEach((element) => element.remove());
    // A link shows the page as it was when it was made, nothing else before.
    if (window.location.hash) finish();
    performance.mark('headwater:ready');
    await finishInTurn();
  } catch (fault) {
    // What stands in the file without scripts is better than half a map.
    document.documentElement.classList.remove('live');
    throw fault;
  }
}

promise(start());
