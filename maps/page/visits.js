// Visits as people read them: cards in the drawer of their site, a mark where a site was visited.
import { page, listen } from './state.js';
import { make, say, word } from './words.js';
import { sitesWithId } from './records.js';
import { photoFigure } from './visit_photos.js';
import { deleteButton, itemText, openForm, positionWords } from './visit_form.js';
import { conflicting, visits, visitsOfRow } from './visit_book.js';
import { isInLedger } from './ledger.js';

export const visitTime = ({ record }) => record.visited_at.slice(0, 16).replace('T', ' ');

// The row of the site a visit is about, -1 where this map does not have it.
export function rowOfVisit({ record }) {
  const rows = sitesWithId(record.site_id).filter((row) => !record.layer || page.sites.text('layer', row) === record.layer);
  return rows.length === 1 || (rows.length && record.layer) ? rows[0] : -1;
}

// Whether the ledger has it, so that this device need not keep it. Of two with one number nobody knows which that is.
export const isEntered = (visit) => visit.state === 'done' && Boolean(visit.exported) && !conflicting(visit).length && isInLedger(visit.record.uuid);

export function visitState(visit) {
  if (isEntered(visit)) return say('visit.state.entered');
  if (visits.unkept.has(visit.key)) return say('visit.state.unkept');
  if (visit.source === 'file') return say('visit.state.file');
  return say(visit.exported ? 'visit.state.exported' : `visit.state.${visit.state}`);
}

export function visitSeen({ record: { observed } }) {
  return [observed.result === null ? '' : say(`seen.${observed.result}`), observed.status === null ? '' : word('statuses', observed.status)].filter(Boolean).join(' · ') || say('visit.seen.none');
}

export const canEdit = (visit) => visit.source === 'own' && !visit.exported;

function visitBody({ record }) {
  const ticks = record.observed.checklist.map((one) => make('li', {}, `${one.done ? '☑' : '☐'} ${itemText(one)}`, one.remark ? make('span', { class: 'quiet' }, ` ${one.remark}`) : null));
  return [record.note ? make('p', { class: 'sentence' }, record.note) : null, ticks.length ? make('ul', { class: 'ticks' }, ...ticks) : null,
    record.position ? make('p', { class: 'quiet' }, positionWords(record.position)) : null,
    record.photos.length ? make('div', { class: 'visitphotos' }, ...record.photos.map((photo) => photoFigure(photo))) : null].filter(Boolean);
}

// One visit: who and when and what was seen; the rest unfolds. It can be changed until it was handed in, and taken from this device at any time.
export function visitCard(visit, row) {
  const clash = conflicting(visit).length;
  const body = make('details', {}, make('summary', {}, say('visit.more')));
  body.addEventListener('toggle', () => { if (body.open && body.children.length === 1) body.append(...visitBody(visit)); });
  const edit = canEdit(visit) && row >= 0 ? make('button', { type: 'button', class: 'pick', onclick: () => openForm(row, visit) }, say(visit.state === 'begun' ? 'visit.continue' : 'visit.edit')) : null;
  return make('article', { class: `visit ${visit.state}`, 'data-visit': visit.key },
    make('p', {}, make('b', {}, visitTime(visit)), ' ', visit.record.inspector, ' ', make('span', { class: 'tag' }, visitState(visit))),
    make('p', {}, visitSeen(visit)), clash ? make('p', { class: 'fault' }, say('visit.conflict')) : null, body,
    make('div', { class: 'pair' }, edit, deleteButton(visit, () => {})));
}

function fillVisits(section, row) {
  const list = visitsOfRow(row);
  section.replaceChildren(...(list.length ? [make('h3', {}, say('visit.list', { count: list.length })), ...list.map((visit) => visitCard(visit, row))] : []));
}

// The drawer's part about visits: those there are, to be read or changed. Only sites are visited.
export function visitButton(hit) {
  if (hit.layer !== 'sites') return null;
  const section = make('section', { class: 'visits', 'data-row': hit.row });
  fillVisits(section, hit.row);
  return section;
}

// The sign of a site that was visited, with how often as its name; nothing where it was not.
export function visitedMark(row) {
  const count = visitsOfRow(row).length;
  return count ? make('span', { class: 'visited', role: 'img', 'aria-label': say('visited', { count }), title: say('visited', { count }) }, '✓') : null;
}

export function startVisitList() {
  listen('visits', () => document.querySelectorAll('#detail .visits').forEach((section) => fillVisits(section, Number(section.dataset.row))));
}
