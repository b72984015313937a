// Where the map looks: all of a box beside what covers the map, and what a person has filtered for.
import { page, listen, narrow, still } from './state.js';
import { filters, isFiltered } from './filters.js';
import { otherSubjects } from './records.js';
import { anchor, isDrawn, toLat, toLon, GRID } from './shapes.js';

const NEAREST = 15;
// How much of a phone's screen the sheet takes when something is chosen (phone.css).
const SHEET_SHARE = 0.46;
// So near to what covers the map a place is not well seen.
const EDGE = 16;

// The ground that all sites and zones lie on; where there are none, all that is drawn.
export function wholeBox() {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const grow = ([left, top, right, bottom]) => {
    if (left > right) return;
    box[0] = Math.min(box[0], left);
    box[1] = Math.min(box[1], top);
    box[2] = Math.max(box[2], right);
    box[3] = Math.max(box[3], bottom);
  };
  const growBy = (shapes) => { for (let row = 0; row < shapes.rows; row += 1) grow(shapes.box.subarray(row * 4, row * 4 + 4)); };
  if (page.points.order.length) grow(page.points.box);
  growBy(page.shapes.sections);
  if (page.zones.rows && !page.points.order.length) growBy(page.shapes.zones);
  if (box[0] > box[2]) Object.values(page.shapes).forEach(growBy);
  return box[0] > box[2] ? [GRID * 0.7, GRID * 0.36, GRID * 0.83, GRID * 0.47] : box;
}

// Where there is something to act on, on sites, sections or zones: the page opens there, and the corner button shows everything.
export function actingBox(whole) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const grow = (x, y) => {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  const { points } = page;
  const results = page.sites.column('result');
  const acting = Array.from({ length: results.count }, (_, code) => ['violation', 'check'].includes(results.word(code)));
  for (let row = 0; row < points.rows; row += 1) if (points.placed[row] && acting[results.codes[row]]) grow(points.x[row], points.y[row]);
  for (const { layer, row } of otherSubjects().hits) if (layer === 'sections' && isDrawn(page.shapes.sections, row)) grow(...anchor(page.shapes.sections, row));
  return box[0] > box[2] ? whole : box;
}

// What lies over the map at its top and bottom, in pixels; a sheet pulled up further still leaves half of it.
export function covered() {
  if (!narrow()) return { above: 0, below: 0 };
  return { above: document.getElementById('head').getBoundingClientRect().bottom, below: Math.min(document.getElementById('sheet').offsetHeight, window.innerHeight * SHEET_SHARE) };
}

// Where on a canvas, which reaches beyond the map on all sides, the part begins that can be seen.
export function seenFrom({ width, height }) {
  const { x, y } = page.map.getSize();
  const head = narrow() ? document.getElementById('head').getBoundingClientRect().bottom : 0;
  return { left: (width - x) / 2, top: (height - y) / 2 + head };
}

// Puts a place in the middle of what is left of the map beside the sheet, which comes up with what is chosen.
export function centreOn(at, zoom) {
  const { map } = page;
  const lower = narrow() ? (window.innerHeight * SHEET_SHARE - covered().above) / 2 : 0;
  map.setView(map.unproject(map.project(at, zoom).add([0, lower]), zoom), zoom, { animate: false });
}

// Moves the map to what was asked about or is to be opened, where the drawer or the sheet that came up with it covers it;
// `room` is for what stands above the place.
export function bringInSight(points, room = 0) {
  const { map } = page;
  const { x: width, y: height } = map.getSize();
  const { above } = covered();
  const below = narrow() ? window.innerHeight * SHEET_SHARE : 0;
  const places = points.map(([lon, lat]) => L.latLng(lat, lon));
  const seen = places.every((place) => {
    const { x, y } = map.latLngToContainerPoint(place);
    return x > EDGE && x < width - EDGE && y > above + EDGE + room && y < height - below - EDGE;
  });
  if (seen) return;
  const box = L.latLngBounds(places);
  centreOn(box.getCenter(), Math.min(map.getZoom(), map.getBoundsZoom(box, false, L.point(EDGE * 2, above + below + EDGE * 2))));
}

export function fitBox(box, animate = false) {
  const { above, below } = covered();
  const corners = L.latLngBounds([toLat(box[3]), toLon(box[0])], [toLat(box[1]), toLon(box[2])]);
  page.map.fitBounds(corners, { animate, maxZoom: NEAREST, paddingTopLeft: [28, above + 28], paddingBottomRight: [28, below + 36] });
}

// The part of the grid that can be seen, as a test of a place.
function inSight() {
  const { above, below } = covered();
  const { x: width, y: height } = page.map.getSize();
  const scale = 2 ** (page.map.getZoom() - 20);
  const { min } = page.map.getPixelBounds();
  return (x, y) => {
    const [left, top] = [x * scale - min.x, y * scale - min.y];
    return left > 0 && left < width && top > above && top < height - below;
  };
}

// Moves the map only where not one of the sites shown can be seen.
function aim() {
  if (!isFiltered()) return;
  const { points } = page;
  const seen = inSight();
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let row = 0; row < points.rows; row += 1) {
    if (!filters.mask[row] || !points.placed[row]) continue;
    const [x, y] = [points.x[row], points.y[row]];
    if (seen(x, y)) return;
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  if (box[0] <= box[2]) fitBox(box, !still());
}

export function startAim() {
  listen('narrowed', aim);
}
