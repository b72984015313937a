// What stands where there is nothing to show: which filter to let go of, that nothing was found, that there are no sites.
import { page } from './state.js';
import { make, number, say } from './words.js';
import { facetWord } from './facets.js';
import { countOfAll, currentFilters, filters, hiddenAlone, narrowTo, setFilters } from './filters.js';

// A filter that is set, in words.
export function named(name) {
  if (name === 'unfinished') return say('finished.hide');
  if (name === 'text') return say('text.named', { text: filters.text });
  const chosen = [...filters.chosen.get(name)].map((one) => facetWord(name, one));
  return say('loosen.named', { facet: say(`facet.${name}`), values: chosen.join(say('loosen.or')) });
}

// A button for each filter that is set, with how many sites stand behind it alone.
function loosenButton([name, count]) {
  const { [name]: left, ...rest } = currentFilters();
  return make('button', { type: 'button', class: 'loosen', 'data-loosen': name, onclick: () => narrowTo(rest) },
    make('span', {}, named(name)), make('b', {}, count ? say('loosen.shows', { count: number(count) }) : say('loosen.none')));
}

// What to say of no shown site, or null where some are shown.
export function nothingShown() {
  if (filters.shown) return null;
  if (!page.sites.rows) return make('p', { class: 'empty' }, say('nothing.sites'));
  return make('div', { class: 'empty' }, make('p', {}, say('nothing.matches')), make('p', {}, say('loosen.title')), ...hiddenAlone().map(loosenButton),
    make('button', { type: 'button', class: 'action', onclick: () => setFilters({}) }, say('filters.clear')));
}

// That nothing was found is said together with what was not assessed: it is never "all clear" by itself.
export function nothingFound() {
  const { sites, findings } = page;
  if (!sites.rows) return make('p', { class: 'calm' }, say('nothing.sites'));
  if (findings.rows) return null;
  const left = countOfAll({ result: 'not_assessed' });
  return make('p', { class: 'calm' }, say('nothing.found'), ' ', left ? say('nothing.found.left', { count: number(left) }) : '');
}
