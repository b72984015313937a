// The page for the field: where the reader is, the zones around, the nearest open sites, and the visits on this device.
import { page, listen, narrow } from './state.js';
import { make, metres, number, say } from './words.js';
import { addTool } from './tools.js';
import { showPage } from './sheet.js';
import { nameOf } from './find.js';
import { zonesHere } from './entering.js';
import { startOwn, followPosition, forgetPosition, isOldFix, own, setByHand, watchPosition } from './own.js';
import { nearList } from './nearest.js';
import { handingIn } from './handing_in.js';
import { byHand, openForm, startForm } from './visit_form.js';
import { canEdit, isEntered, rowOfVisit, startVisitList, visitSeen, visitState, visitTime } from './visits.js';
import { atRisk, begunVisits, dropVisit, openVisits, owedVisits, visits } from './visit_book.js';

const shownVisits = { most: 20 };
// Whether a finger is on the page: what lies under it must not be put anew before it is lifted.
let touched = false;
const isFieldOpen = () => (narrow() ? document.getElementById('app').dataset.page === 'field' : document.body.classList.contains('fielding') && !page.selected);

function ageWords() {
  const { fix } = own;
  if (fix.source !== 'own') return say('own.byhand');
  const seconds = Math.max(0, Math.round((Date.now() - fix.at) / 1000));
  const age = seconds < 90 ? say('own.seconds', { count: seconds }) : say('own.minutes', { count: Math.round(seconds / 60) });
  return say(isOldFix() ? 'own.old' : 'own.fresh', { age });
}

function positionState() {
  const { fix, fault, watch } = own;
  const lines = [];
  if (fault) lines.push(make('p', { class: 'fault', role: 'status' }, say(`own.${fault}`)), ...(fault === 'refused' || fault === 'timeout' ? [make('p', { class: 'quiet' }, say('own.local'))] : []));
  else if (!fix && watch !== null) lines.push(make('p', { role: 'status' }, say('own.waiting')));
  else if (!fix) lines.push(make('p', { class: 'quiet' }, say('own.none')));
  if (fix) {
    lines.push(make('p', {}, make('b', {}, `${fix.lon.toFixed(6)}, ${fix.lat.toFixed(6)}`), fix.accuracy === null ? '' : ` ± ${metres(fix.accuracy)}`),
      make('p', { class: isOldFix() ? 'fault age' : 'quiet age' }, ageWords()));
  }
  return lines;
}

function positionSection() {
  const { fix, fault, watch, following } = own;
  const button = (key, act, name = 'pick') => make('button', { type: 'button', class: name, 'data-own': key, onclick: act }, say(`own.${key}`));
  return make('section', { class: 'ownposition' }, make('h3', {}, say('own.title')), ...positionState(),
    make('div', { class: 'pair' }, watch === null ? button('start', watchPosition, 'main') : button('stop', forgetPosition), fix && !following ? button('follow', followPosition) : null,
      watch === null && fix ? button('forget', forgetPosition) : null),
    ...zonesHere().map((text) => make('p', { class: 'fault' }, text)),
    make('details', { open: fault !== '' }, make('summary', {}, say('own.hand')), make('p', { class: 'quiet' }, say('own.hand.means')), byHand(setByHand)));
}

function visitLine(visit) {
  const row = rowOfVisit(visit);
  const open = () => { if (canEdit(visit)) openForm(row, visit); else page.choose({ layer: 'sites', row }); };
  const words = [make('b', {}, row >= 0 ? nameOf('sites', row) : visit.record.site_id), make('small', {}, `${visitTime(visit)} · ${visit.record.inspector} · ${visitSeen(visit)}`),
    make('small', {}, visitState(visit) + (row < 0 ? ` · ${say('visit.stranger')}` : ''))];
  const names = make('span', { class: 'names' }, ...words);
  return make('li', { 'data-visit': visit.key }, row >= 0 ? make('button', { type: 'button', class: 'hit', onclick: open }, names) : make('div', { class: 'hit' }, names));
}

// Visits that the ledger has may leave this device, after a second press.
function clearing() {
  const entered = visits.list.filter(isEntered);
  if (!entered.length) return null;
  const spot = make('div', { class: 'clearing' });
  const first = () => spot.replaceChildren(make('button', { type: 'button', class: 'pick', 'data-clear': '', onclick: second }, say('visit.clear', { count: number(entered.length) })));
  const clear = () => Promise.all(entered.map(dropVisit)).finally(drawField);
  const second = () => {
    spot.replaceChildren(make('p', {}, say('visit.clear.means')), make('div', { class: 'pair' }, make('button', { type: 'button', class: 'pick danger', 'data-clear': 'yes', onclick: clear }, say('visit.delete.yes')),
      make('button', { type: 'button', class: 'pick', onclick: first }, say('visit.delete.no'))));
    spot.querySelector('button').focus();
  };
  first();
  return spot;
}

// What there is to worry about: nothing is kept, something was not, something cannot be read.
function worries() {
  const { store, unkept, unreadable, twinned } = visits;
  const lines = [];
  if (store?.kind === 'page') lines.push(say('store.page'));
  if (unkept.size) lines.push(say('store.unkept', { count: number(unkept.size) }));
  if (unreadable) lines.push(say('store.unreadable', { count: number(unreadable) }));
  if (twinned) lines.push(say('store.twinned'));
  return lines;
}

function visitSection() {
  const { list } = visits;
  const widen = () => { shownVisits.most += 100; drawField(); };
  return make('section', { class: 'allvisits' }, make('h3', {}, say('visits.title', { count: number(list.length) })), ...worries().map((text) => make('p', { class: 'fault' }, text)),
    visits.store?.kind === 'small' ? make('p', { class: 'quiet' }, say('store.small')) : null, handingIn(drawField), clearing(),
    list.length ? make('ul', {}, ...list.slice(0, shownVisits.most).map(visitLine)) : make('p', { class: 'quiet' }, say('visits.none')),
    list.length > shownVisits.most ? make('button', { type: 'button', class: 'more', onclick: widen }, say('more', { count: number(list.length - shownVisits.most) })) : null);
}

const FIELD_PARTS = { own: positionSection, near: () => nearList(() => drawPart('near')), visits: visitSection };

// What the reader has begun to type stays, and so does the place of the keyboard.
function drawPart(name) {
  const part = document.querySelector(`#field [data-part="${name}"]`);
  if (!part || touched || !isFieldOpen() || part.querySelector('.byhand input')?.value) return;
  const active = part.contains(document.activeElement) ? [...part.querySelectorAll('button, summary, input')].indexOf(document.activeElement) : -1;
  const unfolded = part.querySelector('details')?.open;
  part.replaceChildren(...[FIELD_PARTS[name]()].filter(Boolean));
  if (unfolded && part.querySelector('details')) part.querySelector('details').open = true;
  if (active >= 0) part.querySelectorAll('button, summary, input')[active]?.focus({ preventScroll: true });
}

const drawField = () => Object.keys(FIELD_PARTS).forEach(drawPart);

function drawBanner() {
  const bar = document.getElementById('visitbar');
  const [owed, begun] = [owedVisits().length, begunVisits().length];
  const lines = [owed ? say('visits.owed', { count: number(owed) }) : '', begun ? say('visits.begun', { count: number(begun) }) : '', atRisk() || visits.store?.kind === 'page' ? worries()[0] : ''].filter(Boolean);
  bar.hidden = !lines.length;
  bar.classList.toggle('risky', atRisk());
  bar.replaceChildren(...lines.map((text) => make('span', {}, text)));
}

export function openField() {
  if (narrow()) showPage('field', 'half');
  else {
    if (page.selected) page.choose(null);
    document.body.classList.add('fielding');
    page.map.invalidateSize({ animate: false });
  }
  drawShell();
}

// The bar that counts visits leads to them, below the sites that are near.
function openAtVisits() {
  openField();
  const field = document.getElementById('field');
  const part = field.querySelector('[data-part="visits"]');
  field.scrollTop += part.getBoundingClientRect().top - field.getBoundingClientRect().top - 44;
}

function closeField() {
  document.body.classList.remove('fielding');
  page.map.invalidateSize({ animate: false });
}

function drawShell() {
  const field = document.getElementById('field');
  field.setAttribute('aria-label', say('field.title'));
  field.replaceChildren(make('header', {}, make('h2', {}, say('field.title')), make('button', { type: 'button', class: 'close', 'aria-label': say('close'), onclick: closeField }, '×')),
    ...Object.keys(FIELD_PARTS).map((name) => make('div', { 'data-part': name })));
  drawField();
}

// The button on the map: look for the position, follow it again, and at the third press let it go.
function turnPosition() {
  const open = isFieldOpen() && !(narrow() && document.getElementById('app').dataset.sheet === 'low');
  if (own.watch === null) watchPosition();
  else if (!own.following) followPosition();
  else if (open) forgetPosition();
  openField();
}

function drawPressed() {
  document.querySelector('[data-tool="position"]')?.setAttribute('aria-pressed', String(own.watch !== null));
}

export function startField() {
  document.getElementById('detail').after(make('aside', { id: 'field', onpointerdown: () => { touched = true; } }));
  const lifted = () => setTimeout(() => { if (touched) { touched = false; drawField(); } }, 60);
  ['pointerup', 'pointercancel'].forEach((name) => window.addEventListener(name, lifted));
  document.getElementById('map').append(make('button', { type: 'button', id: 'visitbar', hidden: true, onclick: openAtVisits }));
  startOwn();
  addTool('position', { start: turnPosition });
  drawPressed();
  startForm();
  startVisitList();
  listen('fix', () => { drawPressed(); drawPart('own'); drawPart('near'); });
  listen('age', () => { const age = document.querySelector('#field .age'); if (age && own.fix) { age.textContent = ageWords(); age.className = isOldFix() ? 'fault age' : 'quiet age'; } });
  listen('filter', () => drawPart('near'));
  listen('sheet', drawField);
  listen('select', drawField);
  listen('visits', () => { drawBanner(); drawPart('visits'); });
  listen('language', () => { drawShell(); drawBanner(); });
  openVisits();
}
