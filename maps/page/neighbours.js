// The nearest other sites of a site, with how far they are.
import { page } from './state.js';
import { make, metres, say } from './words.js';
import { linkedTo } from './records.js';
import { eachWithin } from './points.js';
import { groundScale, toSite } from './reach.js';
import { toLat, toLon } from './shapes.js';
import { hitButton } from './detail.js';

const NEIGHBOURS = 5;
const REACH_METRES = 2000;
// So many are measured to their outlines; which those are, the distance between the marks decides.
const MEASURED_NEAR = 24;

// Rows of the nearest sites within 2 km that are not tied to this one and their metres, nearest first, whatever the filters say.
export function nearestSites(row) {
  const { points } = page;
  if (!points.placed[row]) return [];
  const [x, y] = [points.x[row], points.y[row]];
  const [lon, lat] = [toLon(x), toLat(y)];
  const [wide, high] = groundScale(lat).map((cell) => REACH_METRES / cell);
  const tied = new Set(linkedTo(row)); // told of above
  const found = [];
  eachWithin(points, [x - wide, y - high, x + wide, y + high], (other) => {
    if (other !== row && !tied.has(other)) found.push([(points.x[other] - x) ** 2 + (points.y[other] - y) ** 2, other]);
  });
  found.sort(([one, first], [other, second]) => one - other || first - second);
  return found.slice(0, MEASURED_NEAR).map(([, other]) => ({ row: other, metres: toSite(page, other, lon, lat) }))
    .filter((one) => one.metres <= REACH_METRES).sort((one, other) => one.metres - other.metres || one.row - other.row).slice(0, NEIGHBOURS);
}

export function neighbours(row) {
  const found = nearestSites(row);
  if (!page.points.placed[row]) return null;
  const title = make('h3', {}, say('neighbours.title'));
  if (!found.length) return make('section', { class: 'neighbours' }, title, make('p', { class: 'quiet' }, say('neighbours.none')));
  return make('section', { class: 'neighbours' }, title,
    ...found.map((one) => {
      const button = hitButton({ layer: 'sites', row: one.row });
      button.append(make('span', { class: 'away' }, metres(one.metres)));
      return button;
    }));
}
