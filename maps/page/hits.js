// What lies under a place on the map, nearest and worst first.
import { page } from './state.js';
import { filters } from './filters.js';
import { eachWithin } from './points.js';
import { anchor, contains, isDrawn, passes } from './shapes.js';

// The violations behind a number on the map, or null.
export function crowdAt(x, y, reach) {
  const crowd = page.crowds.find((one) => Math.hypot(one.x - x, one.y - y) <= Math.max(one.radius, reach));
  return crowd ? crowd.rows.map((row) => ({ layer: 'sites', row })) : null;
}

// The nearest shown site within reach, or -1.
export function siteAt(x, y, reach) {
  const { points } = page;
  let [nearest, away] = [-1, reach];
  eachWithin(points, [x - reach, y - reach, x + reach, y + reach], (row) => {
    const far = Math.hypot(points.x[row] - x, points.y[row] - y);
    if (filters.mask[row] && far <= away) [nearest, away] = [row, far];
  });
  return nearest;
}

export function hitsAt(x, y, reach) {
  const hits = siteHits(x, y, reach);
  const { sections, sites, zones } = page.shapes;
  if (!page.hidden.has('sections')) {
    for (let row = 0; row < sections.rows; row += 1) {
      if (!isDrawn(sections, row)) continue;
      const [px, py] = anchor(sections, row);
      if (Math.hypot(px - x, py - y) <= reach || (!sections.area[row] && passes(sections, row, x, y, reach / 2))) hits.push({ layer: 'sections', row });
    }
  }
  if (page.shapes.intakes && !page.hidden.has('intakes')) {
    for (let row = 0; row < page.shapes.intakes.rows; row += 1) {
      const [px, py] = isDrawn(page.shapes.intakes, row) ? anchor(page.shapes.intakes, row) : [Infinity, 0];
      if (Math.hypot(px - x, py - y) <= reach) hits.push({ layer: 'intakes', row });
    }
  }
  const near = new Set(hits.filter((hit) => hit.layer === 'sites').map((hit) => hit.row));
  for (let row = 0; row < sites.rows; row += 1) {
    const shown = isDrawn(sites, row) && filters.mask[row] && !near.has(row);
    if (shown && (contains(sites, row, x, y) || (!sites.area[row] && passes(sites, row, x, y, reach / 2)))) hits.push({ layer: 'sites', row });
  }
  return hits.length ? hits : zoneHits(zones, x, y);
}

function siteHits(x, y, reach) {
  const { points } = page;
  const ranks = Object.keys(page.style.results);
  const found = [];
  eachWithin(points, [x - reach, y - reach, x + reach, y + reach], (row) => {
    const away = Math.hypot(points.x[row] - x, points.y[row] - y);
    if (filters.mask[row] && away <= reach) found.push({ row, away, rank: ranks.indexOf(page.sites.text('result', row)) });
  });
  found.sort((one, other) => one.rank - other.rank || one.away - other.away);
  // A mark that is hit squarely is meant alone, unless others lie exactly under it.
  const square = found.filter((hit) => hit.away <= reach * 0.35);
  return (square.length ? square : found).map(({ row }) => ({ layer: 'sites', row }));
}

export function zoneHits(zones, x, y) {
  const hits = [];
  const ranks = page.run.levels.map((level) => level.code);
  for (let row = 0; row < zones.rows; row += 1) {
    const level = page.zones.text('level', row);
    if (!page.hidden.has(`zones/${level}`) && contains(zones, row, x, y)) hits.push({ layer: 'zones', row, rank: ranks.indexOf(level) });
  }
  return hits.sort((one, other) => one.rank - other.rank);
}
