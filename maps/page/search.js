// The search box and its list of hits.
import { page, listen } from './state.js';
import { make, number, say } from './words.js';
import { coordinates } from './coordinates.js';
import { idOf, matcher, nameOf, search, warmSearch } from './find.js';
import { facetWord, SAID_BY_DEADLINE } from './facets.js';
import { fitBox } from './aim.js';
import { describe, hitMark } from './detail.js';
import { openFrom, openPlace } from './popup.js';
import { canAsk } from './around.js';
import { askPlace } from './question.js';
import { countOf, currentFilters, filters, narrowTo } from './filters.js';
import { toX, toY } from './shapes.js';

const LIMIT = 30;
// Values of filters that are offered, below so many hits.
const VALUES = 4;
const FIRST_HITS = 3;
// When the page has long been shown.
const WARM_AFTER_MS = 1500;
const sixDecimals = (degrees) => Number(degrees.toFixed(6));
const state = { at: -1, options: [] };
const box = () => document.getElementById('search');
const hitList = () => document.getElementById('hits');

function option(open, ...content) {
  const place = state.options.length;
  const element = make('li', { role: 'option', id: `hit-${place}`, 'aria-selected': 'false', onmousedown: (event) => { event.preventDefault(); open(); } }, ...content);
  state.options.push({ element, open });
  return element;
}

function closeHits() {
  state.options = [];
  state.at = -1;
  hitList().replaceChildren();
  hitList().hidden = true;
  box().setAttribute('aria-expanded', 'false');
  box().removeAttribute('aria-activedescendant');
}

function opened(open) {
  return () => {
    closeHits();
    open();
  };
}

// A place is flown to: all of it is seen; a point from near enough to see what is around it.
function openHit(hit) {
  const ground = hit.layer === 'sites' ? null : page.shapes[hit.layer].box.subarray(hit.row * 4, hit.row * 4 + 4);
  if (!ground || ground[0] >= ground[2]) return openFrom(hit);
  page.choose(hit);
  // After the drawer has taken its part of the map.
  return fitBox(ground, false);
}

function hitOption(hit) {
  return option(opened(() => openHit(hit)), hitMark(hit), make('span', { class: 'names' }, make('b', {}, nameOf(hit.layer, hit.row)), make('small', {}, describe(hit))));
}

// Values of filters by their words: "责任单位：水务局" narrows to them.
function valueOptions(text) {
  const matches = matcher(text);
  const found = filters.facets.filter((facet) => facet !== SAID_BY_DEADLINE).flatMap((facet) => filters.byName.get(facet).words
    .filter((value) => value !== '' && (matches(facetWord(facet, value)) || (facet === 'rule' && matches(value))))
    .map((value) => ({ facet, value, amount: countOf(facet, value), meant: Number(facetWord(facet, value) === text.trim()) })));
  found.sort((one, other) => other.meant - one.meant || other.amount - one.amount);
  return found.slice(0, VALUES).filter(({ amount }) => amount).map(({ facet, value, amount }) => option(
    opened(() => narrowTo({ ...currentFilters(), [facet]: [value] })),
    make('span', { class: 'names' }, make('b', {}, facetWord(facet, value)), make('small', {}, say('search.value', { facet: say(`facet.${facet}`), count: number(amount) }))),
  ));
}

function showHits() {
  const text = box().value;
  closeHits();
  if (!text.trim()) return announce('');
  const { hits, total } = search(text, LIMIT);
  const items = [];
  const place = coordinates(text);
  if (place) items.push(option(opened(() => (canAsk() ? askPlace(place, text) : openPlace([toX(place[0]), toY(place[1])]))), make('b', {}, say('search.place', { lon: sixDecimals(place[0]), lat: sixDecimals(place[1]) }))));
  // Of things that bear the name the first ones; then the units, districts … that bear it; then what belongs to these.
  const matches = matcher(text);
  const bears = ({ layer, row }) => matches(nameOf(layer, row)) || matches(idOf(layer, row));
  const first = hits.slice(0, FIRST_HITS).filter(bears);
  items.push(...first.map(hitOption), ...valueOptions(text), ...hits.filter((hit) => !first.includes(hit)).map(hitOption));
  const sites = hits.some((hit) => hit.layer === 'sites');
  if (sites) items.push(option(opened(() => narrowTo({ ...currentFilters(), text })), make('span', { class: 'action' }, say('search.only'))));
  if (!items.length) items.push(make('li', { class: 'empty' }, say('search.nothing')));
  hitList().replaceChildren(...items);
  hitList().hidden = false;
  box().setAttribute('aria-expanded', 'true');
  return announce(say('search.count', { count: number(total) }));
}

function announce(text) {
  document.getElementById('announce').textContent = text;
}

function move(step) {
  if (!state.options.length) return;
  state.options[state.at]?.element.setAttribute('aria-selected', 'false');
  state.at = (state.at + step + state.options.length) % state.options.length;
  const { element } = state.options[state.at];
  element.setAttribute('aria-selected', 'true');
  element.scrollIntoView({ block: 'nearest' });
  box().setAttribute('aria-activedescendant', element.id);
}

function pressed(event) {
  if (event.key === 'ArrowDown') {
    if (hitList().hidden) showHits();
    move(1);
  }
  else if (event.key === 'ArrowUp') move(-1);
  else if (event.key === 'Enter') {
    if (hitList().hidden) showHits();
    state.options[Math.max(0, state.at)]?.open();
  } else if (event.key === 'Escape' && !hitList().hidden) {
    closeHits();
    event.stopPropagation();
  } else return;
  event.preventDefault();
}

function nameBox() {
  box().placeholder = say('search.placeholder');
  box().setAttribute('aria-label', say('search.label'));
  hitList().setAttribute('aria-label', say('search.hits'));
}

// In steps, so that a person who begins to type waits for one of them at most.
function warmUp(work = warmSearch()) {
  window.requestIdleCallback?.((idle) => {
    do if (work.next().done) return; while (idle.timeRemaining() > 5);
    warmUp(work);
  });
}

export function startSearch() {
  box().addEventListener('input', showHits);
  box().addEventListener('click', () => { if (box().value && hitList().hidden) showHits(); });
  box().addEventListener('blur', closeHits);
  box().addEventListener('keydown', pressed);
  nameBox();
  listen('language', nameBox);
  setTimeout(warmUp, WARM_AFTER_MS);
  listen('filter', () => announce(say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) })));
}
