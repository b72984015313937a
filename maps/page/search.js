// The search box and its list of hits.
import { page, listen } from './state.js';
import { make, number, say } from './words.js';
import { coordinates } from './coordinates.js';
import { search } from './find.js';
import { describe, hitMark } from './detail.js';
import { nameOf } from './find.js';
import { openFrom, openPlace } from './popup.js';
import { currentFilters, filters, narrowTo } from './filters.js';
import { toX, toY } from './shapes.js';

const LIMIT = 30;
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

function showHits() {
  const text = box().value;
  closeHits();
  if (!text.trim()) return announce('');
  const { hits, total } = search(text, LIMIT);
  const items = [];
  const place = coordinates(text);
  if (place) items.push(option(opened(() => openPlace([toX(place[0]), toY(place[1])])), make('b', {}, say('search.place', { lon: place[0], lat: place[1] }))));
  for (const hit of hits) {
    items.push(option(opened(() => openFrom(hit)), hitMark(hit), make('span', { class: 'names' }, make('b', {}, nameOf(hit.layer, hit.row)), make('small', {}, describe(hit)))));
  }
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

export function startSearch() {
  box().addEventListener('input', showHits);
  box().addEventListener('click', () => { if (box().value && hitList().hidden) showHits(); });
  box().addEventListener('blur', closeHits);
  box().addEventListener('keydown', pressed);
  nameBox();
  listen('language', nameBox);
  listen('filter', () => announce(say('shown.of', { shown: number(filters.shown), all: number(page.sites.rows) })));
}
