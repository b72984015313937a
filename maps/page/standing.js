// Where a site stands by the ledger: since when and by whom, what contradicts, what is owed, and each of its events in words.
import { page } from './state.js';
import { make, number, say, word } from './words.js';
import { eventsOf, flagsOf, uuidOf } from './ledger.js';
import { copyButton } from './copy.js';

// An id that every command line takes as it is. No other goes into a command that somebody copies: it might be run.
const PLAIN_ID = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;
// `2017-08-01 09:30` of a time as it was given.
export const timeOf = (at) => at.slice(0, 16).replace('T', ' ');

// Why an event has no effect; nothing where it has.
export const withoutEffect = ({ without }) => (without ? say('event.without', { why: word('whys', without) }) : '');

// What was seen on a visit, or found by a re-inspection.
function foundWord({ kind, result }) {
  if (kind === 'visit' && page.sentences[`seen.${result}`]) return say(`seen.${result}`);
  return page.sentences[`look_back.${result}`] ? say(`look_back.${result}`) : word('results', result);
}

// What an event says: its kind, then what was seen, the status, the deadline, the unit.
export function eventWords(event) {
  const { kind, status, deadline, unit } = event;
  // A re-inspection's result is its status.
  const told = [foundWord(event), status && !(kind === 'reinspection' && event.result) ? word('statuses', status) : '', deadline ? say('event.deadline', { day: deadline }) : '', unit ? say('event.unit', { unit }) : ''].filter(Boolean);
  return [word('events', kind), told.join(' · ')].filter(Boolean).join(say('colon'));
}

// Who said it, with which proof, from which file.
export const eventSource = ({ kind, actor, evidence, photos, file }) => [kind === 'stated' ? '' : actor, evidence ? say('event.evidence', { count: number(evidence) }) : '', photos ? say('event.photos', { count: number(photos) }) : '', file].filter(Boolean).join(' · ');

// Since when a site has its status, and who said so.
export function statusSince(row) {
  const [since, by] = ['status_since', 'status_by'].map((name) => page.sites.text(name, row));
  return since && [say('standing.since', { day: timeOf(since) }), by].filter(Boolean).join(' · ');
}

function conflictCard(event) {
  return make('article', {}, make('p', {}, make('b', {}, timeOf(event.at)), ` ${event.actor}`), make('p', { class: 'sentence' }, eventWords(event)),
    event.note ? make('p', {}, event.note) : null, make('p', { class: 'quiet' }, eventSource({ ...event, actor: '' })));
}

// The visits of one conflict side by side, and what a person does to decide it.
function conflictBox(row, events) {
  const id = page.sites.text('site_id', row);
  const command = `headwater ledger set PROJECT ${PLAIN_ID.test(id) ? id : 'SITE_ID'} --resolve ${events.map(uuidOf).join(',')} --status STATUS --by NAME --note TEXT`;
  return make('section', { class: 'conflict' }, make('h3', {}, say('conflict.title')), make('div', { class: 'sides' }, ...events.map(conflictCard)),
    make('p', {}, say('conflict.decide')), make('div', { class: 'command' }, make('code', {}, command), copyButton(() => command, say('conflict.command'))));
}

const wordsOf = (table, codes) => codes.split(';').filter(Boolean).map((code) => word(table, code));

// What a person is to look at, in sentences.
export function standingLines(row) {
  const said = (name) => page.sites.text(name, row);
  const relapses = page.sites.number('relapses', row);
  const stated = said('stated_status');
  const table = stated && stated !== said('status') ? say('standing.stated', { status: word('statuses', stated) }) : '';
  const missing = wordsOf('missing', said('missing'));
  return [
    ...wordsOf('contradictions', said('contradictions')).map((text) => `${text}${say('stop')}${table}`),
    said('look_back') ? say(`standing.look_back.${said('look_back')}`, { day: said('look_back_on') }) : '',
    relapses ? say('standing.relapses', { count: number(relapses) }) : '',
    missing.length ? say('standing.missing', { what: missing.join(say('list.comma')) }) : '',
    said('former_ids') ? say('standing.former', { ids: said('former_ids') }) : '',
  ].filter(Boolean);
}

// What the ledger says of a site beside its status: contradictions first.
export function standingBox(row) {
  const groups = new Map();
  for (const event of flagsOf(row).includes('conflict') ? eventsOf(row) : []) {
    if (event.conflict) groups.set(event.conflict, [...(groups.get(event.conflict) || []), event]);
  }
  const lines = standingLines(row);
  return [...[...groups.values()].map((events) => conflictBox(row, events)), lines.length ? make('ul', { class: 'standing' }, ...lines.map((text) => make('li', {}, text))) : null];
}

// The deadline as it was before it was extended, in words.
export function extendedFrom(row) {
  const first = page.sites.text('first_deadline', row);
  return first ? say('standing.extended', { day: first }) : '';
}
