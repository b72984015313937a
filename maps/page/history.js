// What has happened at a site by day, as far as data and ledger hold it: a line of days with the day of inspection among them.
import { page } from './state.js';
import { make, number, say, word } from './words.js';
import { findingsOf, isRemediation, linkedTo } from './records.js';
import { eventsOf } from './ledger.js';
import { eventSource, eventWords, timeOf, withoutEffect } from './standing.js';

const DAY = 86400000;
const FINISHED_WORK = ['completed', 'accepted', 'closed'];
const DATED = ['built_on', 'completed_on', 'accepted_on', 'closed_on'];

// Whole days from one day to another, null where one of them is no day.
export function daysBetween(from, to) {
  const [start, end] = [from, to].map((day) => (/^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN));
  return Number.isNaN(start + end) ? null : Math.round((end - start) / DAY);
}

// How the deadline stands on the day of inspection; nothing where the work is finished or no deadline is known.
export function daysLeft(row) {
  const days = daysBetween(page.run.as_of, page.sites.text('deadline', row));
  if (days === null || FINISHED_WORK.includes(page.sites.text('status', row))) return '';
  if (days === 0) return say('days.today');
  return say(days < 0 ? 'days.late' : 'days.left', { days: number(Math.abs(days)) });
}

// The days that are known of a site as {day, text}: its own, and of the pollution source and the remediation sites tied to it.
export function knownDays(row) {
  const { findings, sites } = page;
  const own = (of) => DATED.map((name) => ({ day: sites.text(name, of), text: say(`column.${name}`), status: name.replace('_on', '') }));
  const others = linkedTo(row).flatMap((other) => [...own(other), { day: isRemediation(other) ? sites.text('deadline', other) : '', text: say('column.deadline') }]
    .map((one) => ({ ...one, text: `${one.text} · ${sites.text('site_id', other)}` })));
  const seen = findingsOf({ layer: 'sites', row }).map((finding) => findings.text('first_seen', finding)).filter(Boolean).sort();
  const deadline = { day: sites.text('deadline', row), text: say('column.deadline') };
  const status = sites.text('status', row);
  const events = ledgerDays(row);
  // The ledger tells of these itself, with who said so.
  const untold = (dated) => !events.some((one) => one.day === dated.day && one.status === dated.status);
  const told = [...own(row).filter(untold), ...events, ...others, { day: seen[0] || '', text: say('history.first_seen') }, isRemediation(row) || !others.length ? deadline : { day: '' },
    { day: page.run.as_of, text: say('history.inspection', { status: status ? word('statuses', status) : word('results', sites.text('result', row)) }), now: true }];
  return told.filter((one) => one.day);
}

// The events of the ledger in the same way: each with its time, who said it with which proof, and why it has no effect.
function ledgerDays(row) {
  return eventsOf(row).map((event) => ({
    day: event.at.slice(0, 10), time: timeOf(event.at), text: eventWords(event), status: event.status, without: Boolean(event.without),
    more: [event.note, eventSource(event), event.conflict ? say('event.conflict') : withoutEffect(event)].filter(Boolean),
  }));
}

// How many events are too old to be told here.
export function olderEvents(row) {
  const older = page.sites.number('older', row);
  return older ? say('history.older', { count: number(older) }) : '';
}

// A line of any such days in their order; those after the inspection are still to come. Nothing but the inspection is no history.
export function timeline(days, above = '') {
  if (days.length < 2) return null;
  const sorted = days.map((one, at) => ({ ...one, at })).sort((one, other) => (one.day === other.day ? one.at - other.at : one.day < other.day ? -1 : 1));
  const line = ({ day, time, text, now, more = [], without }) => make('li', { class: now ? 'now' : without ? 'without' : day > page.run.as_of ? 'coming' : null },
    make('time', { datetime: day }, time || day), make('span', {}, text, ...more.map((one) => make('small', {}, one))));
  return make('section', { class: 'history' }, make('h3', {}, say('history.title')), above ? make('p', { class: 'quiet' }, above) : null, make('ol', {}, ...sorted.map(line)));
}
