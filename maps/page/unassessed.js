// What has no answer, in the header: how many sites and answers, and behind one tap why, and what was assumed.
import { page, listen } from './state.js';
import { both, make, number, say } from './words.js';
import { countOfAll } from './filters.js';
import { why } from './records.js';

const folder = () => document.getElementById('unassessed');
const answersLeft = () => Object.values(page.run.not_assessed).reduce((sum, count) => sum + count, 0);

export function unassessedLine() {
  return say('unassessed.line', { sites: number(countOfAll({ result: 'not_assessed' })), answers: number(answersLeft()) });
}

function drawUnassessed() {
  const reasons = Object.entries(page.run.not_assessed).sort(([, one], [, other]) => other - one);
  const list = (title, items) => (items.length ? [make('h2', {}, title), make('ul', {}, ...items)] : []);
  folder().replaceChildren(make('summary', {}, unassessedLine()), make('div', {},
    ...list(say('unassessed.reasons'), reasons.map(([code, count]) => make('li', {}, make('b', {}, number(count)), why(code)))),
    reasons.length ? make('p', { class: 'quiet' }, say('unassessed.means')) : null,
    ...list(say('unassessed.notes'), page.run.notes.map((note) => make('li', {}, both(note))))));
}

export function startUnassessed() {
  drawUnassessed();
  listen('language', drawUnassessed);
  document.addEventListener('pointerdown', (event) => { if (!folder().contains(event.target)) folder().open = false; });
  folder().addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !folder().open) return;
    folder().open = false;
    folder().querySelector('summary').focus();
    event.stopPropagation();
  });
}
