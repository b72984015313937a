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
export const withoutEffect = ({ without }) => (without ? say('event.without', { why: page.sentences[`without.${without}`] ? say(`without.${without}`) : without }) : '');

const seenWord = ({ kind, result }) => (result && page.sentences[`${kind === 'visit' ? 'seen' : 'look_back'}.${result}`] ? say(`${kind === 'visit' ? 'seen' : 'look_back'}.${result}`) : word('results', result));

// What an event says: its kind, then what was seen, the status, the deadline, the unit.
export function eventWords(event) {
  const { kind, status, deadline, unit } = event;
  const told = [seenWord(event), status ? word('statuses', status) : '', deadline ? say('event.deadline', { day: deadline }) : '', unit ? say('event.unit', { unit }) : ''].filter(Boolean);
  return [word('events', kind), told.join(' · ')].filter(Boolean).join(say('colon'));
}

// Who said it, with which proof, from which file.
export const eventSource = ({ actor, evidence, photos, file }) => [actor, evidence ? say('event.evidence', { count: number(evidence) }) : '', photos ? say('event.photos', { count: number(photos) }) : '', file].filter(Boolean).join(' · ');

// Under the status in the drawer: since when, and who said so.
export function sinceLine(row) {
  const [since, by] = ['status_since', 'status_by'].map((name) => page.sites.text(name, row));
  return since ? make('span', { class: 'since' }, [say('standing.since', { day: timeOf(since) }), by].filter(Boolean).join(' · ')) : null;
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
    make('p', {}, say('conflict.decide')), make('div', { class: 'command' }, make('code', {}, command), copyButton(() => command, 'headwater ledger set')));
}

function owedLines(row) {
  const said = (name) => page.sites.text(name, row);
  const relapses = page.sites.number('relapses', row);
  const day = said('look_back_on');
  return [
    flagsOf(row).includes('contradiction') && said('stated_status') ? say('standing.stated', { status: word('statuses', said('stated_status')) }) : '',
    said('look_back') ? say(`standing.look_back.${said('look_back')}`, { day }) : '',
    relapses ? say('standing.relapses', { count: number(relapses) }) : '',
    said('missing') ? say('standing.missing', { what: said('missing').split(';').map((code) => (page.sentences[`lacks.${code}`] ? say(`lacks.${code}`) : code)).join(say('list.comma')) }) : '',
    said('former_ids') ? say('standing.former', { ids: said('former_ids').split(';').join(say('list.comma')) }) : '',
  ].filter(Boolean);
}

// What the ledger says of a site beside its status: contradictions first.
export function standingBox(row) {
  const groups = new Map();
  for (const event of flagsOf(row).includes('conflict') ? eventsOf(row) : []) {
    if (event.conflict) groups.set(event.conflict, [...(groups.get(event.conflict) || []), event]);
  }
  const lines = owedLines(row);
  return [...[...groups.values()].map((events) => conflictBox(row, events)), lines.length ? make('ul', { class: 'standing' }, ...lines.map((text) => make('li', {}, text))) : null];
}

// The deadline as it was before it was extended, in words.
export function extendedFrom(row) {
  const first = page.sites.text('first_deadline', row);
  return first ? say('standing.extended', { day: first }) : '';
}
