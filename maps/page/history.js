// What has happened at a site by day, as far as the data hold it: a line of days with the day of inspection among them.
import { page } from './state.js';
import { make, number, say, word } from './words.js';
import { findingsOf, isRemediation, linkedTo } from './records.js';

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
  const own = (of) => DATED.map((name) => ({ day: sites.text(name, of), text: say(`column.${name}`) }));
  const others = linkedTo(row).flatMap((other) => [...own(other), { day: isRemediation(other) ? sites.text('deadline', other) : '', text: say('column.deadline') }]
    .map((one) => ({ ...one, text: `${one.text} · ${sites.text('site_id', other)}` })));
  const seen = findingsOf({ layer: 'sites', row }).map((finding) => findings.text('first_seen', finding)).filter(Boolean).sort();
  const deadline = { day: sites.text('deadline', row), text: say('column.deadline') };
  const status = sites.text('status', row);
  const told = [...own(row), ...others, { day: seen[0] || '', text: say('history.first_seen') }, isRemediation(row) || !others.length ? deadline : { day: '' },
    { day: page.run.as_of, text: say('history.inspection', { status: status ? word('statuses', status) : word('results', sites.text('result', row)) }), now: true }];
  return told.filter((one) => one.day);
}

// A line of any such days in their order; those after the inspection are still to come. Nothing but the inspection is no history.
export function timeline(days) {
  if (days.length < 2) return null;
  const sorted = days.map((one, at) => ({ ...one, at })).sort((one, other) => (one.day === other.day ? one.at - other.at : one.day < other.day ? -1 : 1));
  return make('section', { class: 'history' }, make('h3', {}, say('history.title')),
    make('ol', {}, ...sorted.map(({ day, text, now }) => make('li', { class: now ? 'now' : day > page.run.as_of ? 'coming' : null }, make('time', { datetime: day }, day), make('span', {}, text)))));
}
