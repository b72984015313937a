// The end of the drawer: where the thing is, in writings that can be copied, and what a person does with it from here.
import { make, say } from './words.js';
import { copyButton } from './copy.js';
import { linkTo } from './link.js';
import { goLinks, positionLines } from './position.js';
import { nameOf } from './find.js';
import { toLat, toLon } from './shapes.js';
import { openForm } from './visit_form.js';

// `place` is on the map's grid, null for what has no position.
export function positionBlock(place) {
  const title = make('h3', {}, say('position.title'));
  if (!place) return make('section', { class: 'place' }, title, make('p', { class: 'quiet' }, say('no_position')));
  const lines = positionLines(toLon(place[0]), toLat(place[1]));
  return make('section', { class: 'place' }, title, make('dl', {}, ...lines.flatMap(([label, text, copied]) => [make('dt', {}, label),
    make('dd', {}, make('span', {}, text), copied ? copyButton(() => copied, label) : null)])));
}

// Links open outside: the page itself asks nobody.
function goMenu(hit, [x, y]) {
  const links = goLinks(toLon(x), toLat(y), nameOf(hit.layer, hit.row)).map(({ key, href }) => make('a', { href, rel: 'noopener noreferrer', target: '_blank', 'data-go': key }, say(key)));
  const menu = make('details', { class: 'there' }, make('summary', {}, say('go.title')), make('div', {}, ...links, make('p', { class: 'quiet' }, say('go.note'))));
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary').focus();
    event.stopPropagation();
  });
  return menu;
}

// What stays in sight while the drawer is read: take me there, record a visit, copy the link.
export function actions(hit, place) {
  const record = hit.layer === 'sites' ? make('button', { type: 'button', class: 'record', onclick: () => openForm(hit.row) }, say('go.visit')) : null;
  return make('div', { class: 'doing' }, place ? goMenu(hit, place) : null, record, copyButton(() => linkTo(hit), '', say('copy.link')));
}
