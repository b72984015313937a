// Start: unpack the islands, paint, and say when the map can be used.
import { page, listen, tell, coarse, still } from './state.js';
import { make, say } from './words.js';
import { readIsland } from './islands.js';
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
import { startPhotos } from './photos.js';
import { crowdAt, siteAt } from './hits.js';
import { actingBox, fitBox, seenFrom, startAim, wholeBox } from './aim.js';
import { startTable } from './table.js';
import { startSearch } from './search.js';
import { startRail } from './rail.js';
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
import { startUnassessed } from './unassessed.js';

const FRAMES = ['sites', 'findings', 'zones', 'sections'];
const CONTEXT = ['districts', 'water_bodies', 'rivers', 'intakes'];
const TAGS = { zh: 'zh-CN', en: 'en' };

// Plain objects without a prototype, so that a code such as "constructor" is nobody's word.
function bare(thing) {
  if (Array.isArray(thing)) return thing.map(bare);
  if (thing === null || typeof thing !== 'object') return thing;
  return Object.assign(Object.create(null), Object.fromEntries(Object.entries(thing).map(([key, inner]) => [key, bare(inner)])));
}

async function unpack() {
  const names = ['run', ...FRAMES, ...CONTEXT];
  const [run, ...islands] = await Promise.all(names.map(readIsland));
  const { run: facts, answers, style, words, sentences, language } = bare(run.head);
  Object.assign(page, { run: facts, answers, style, words, sentences, language, shapes: {} });
  [...FRAMES, ...CONTEXT].forEach((name, at) => {
    if (!islands[at]) return;
    if (CONTEXT.includes(name)) page.context[name] = islands[at];
    else page[name] = islands[at];
    if (name !== 'findings') page.shapes[name] = openShapes(islands[at]);
  });
  page.points = openPoints(page.sites);
  openRecords();
  openFilters();
}

function openMap() {
  const map = window.map_inspection;
  page.map = map;
  const box = wholeBox();
  page.bounds = [toLon(box[0]), toLat(box[3]), toLon(box[2]), toLat(box[1])];
  ['base', 'zones', 'sites', 'labels'].forEach((name, at) => {
    map.createPane(name).style.zIndex = 300 + at * 20;
    map.getPane(name).style.pointerEvents = 'none';
  });
  if (still()) {
    map._zoomAnimated = map.options.inertia = false;
    map.panBy = (offset, options) => L.Map.prototype.panBy.call(map, offset, { ...options, animate: false });
  }
  map.invalidateSize({ animate: false });
  fitBox(actingBox(box));
  const layers = [
    canvasLayer('base', paintBase),
    canvasLayer('zones', paintZones),
    canvasLayer('sites', paintMarks),
    canvasLayer('labels', (view) => {
      paintLabels(view, paintDegrees(view, seenFrom(view)));
    }),
  ];
  layers.forEach((layer) => layer.addTo(map));
  const repaint = (...which) => which.forEach((at) => layers[at].repaint());
  page.repaint = () => layers.forEach((layer) => layer._update());
  listen('filter', () => repaint(2, 3));
  listen('select', () => repaint(2, 3));
  let waiting = false;
  listen('hover', () => {
    if (!waiting) requestAnimationFrame(() => { waiting = false; repaint(2); });
    waiting = true;
  });
  listen('layers', () => repaint(0, 1, 2, 3));
  listen('base', () => repaint(0));
  listen('language', () => repaint(3));
  // The sheet covers more or less of the map; its own movement ends later.
  listen('sheet', () => repaint(3));
  document.getElementById('sheet').addEventListener('transitionend', () => repaint(3));
  listen('theme', () => repaint(0, 1, 2, 3));
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

function setLanguage(language) {
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
  const handle = {
    ready,
    get counts() {
      return { sites: page.sites.rows, zones: page.zones.rows, sections: page.sections.rows, findings: page.findings.rows, shown: filters.shown };
    },
    select: (id) => choose(hitOf(id), { fly: true }),
    filter: setFilters,
    find,
    answers: (id) => answersOf(hitOf(id)),
    language: setLanguage,
    ask,
  };
  window.headwater = handle;
}

async function start() {
  try {
    await unpack();
    performance.mark('headwater:unpacked');
    document.querySelectorAll('.plain').forEach((element) => element.remove());
    page.choose = (hit) => choose(hit, { fly: Boolean(hit) });
    openMap();
    startFocus();
    startSheet();
    startRail();
    startAim();
    startTable();
    startSearch();
    startPrinting();
    startBase();
    startUnassessed();
    startPhotos();
    startMeasure();
    startQuestion();
    startEntering();
    startField();
    startKeys();
    document.getElementById('language').addEventListener('click', () => setLanguage(page.language === 'zh' ? 'en' : 'zh'));
    setLanguage(page.language);
    startLink(setLanguage);
    startBack();
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => tell('theme'));
    performance.mark('headwater:ready');
  } catch (fault) {
    // What stands in the file without scripts is better than half a map.
    document.documentElement.classList.remove('live');
    throw fault;
  }
}

promise(start());
