// What answers about places follow from: the rules, the layers with their exact outlines, where these are complete. Made ready from
// the islands when it is first asked for (maps/asking.py packs it).
import { page } from './state.js';
import { readIslandNow } from './islands.js';
import { frameOf } from './find.js';
import { toLat, toLon, toX, toY } from './shapes.js';
import { degreeAt } from './ground.js';
import { oriented, figureOf } from './exact.js';

const SOURCE = 'pollution_sources';
// Coordinates that are no short decimals are told to so many metres.
const ROUNDED = { scale: 1e9, metres: 3e-4 };
let asking = null;

// The exact vertices of a layer: the grid's place, made finer by the remainder that the page carries of each.
function verticesBy(fine, island, name, shapes) {
  if (!fine) return { lon: (at) => toLon(shapes.x[at]), lat: (at) => toLat(shapes.y[at]) };
  const { scale, modulus } = fine;
  const rests = (axis) => island.place(`fine.${name}.${axis}`);
  const finer = (rest, at, about) => {
    const guess = Math.round(about * scale);
    let step = (((rest[at] - guess) % modulus) + modulus) % modulus;
    if (step > modulus / 2) step -= modulus;
    return (guess + step) / scale;
  };
  const [x, y] = [rests('x'), rests('y')];
  return { lon: (at) => finer(x, at, toLon(shapes.x[at])), lat: (at) => finer(y, at, toLat(shapes.y[at])) };
}

function openLayer(of, island) {
  const name = island.head.islands[of];
  const [frame, shapes] = [frameOf(name), page.shapes[name]];
  const fine = island.head.fine[of];
  const { lon, lat } = verticesBy(fine, island, of, shapes);
  const kept = new Map();
  const doubts = Float64Array.from({ length: frame.rows }, (_, row) => (frame.has('located_to_metres') ? Number(frame.text('located_to_metres', row)) || 0 : 0));
  const makeShape = (row) => {
    const lines = [];
    for (let part = shapes.partStart[row]; part < shapes.partStart[row + 1]; part += 1) {
      const [from, to] = [shapes.vertexStart[part], shapes.vertexStart[part + 1]];
      const line = new Float64Array((to - from) * 2);
      for (let at = from; at < to; at += 1) line.set([lon(at), lat(at)], (at - from) * 2);
      lines.push(line);
    }
    return oriented(figureOf(shapes.area[row] ? 2 : lines.some((line) => line.length > 2) ? 1 : 0, lines));
  };
  return {
    rows: frame.rows, coarse: (fine ? 0 : island.head.grid_m) + (frame.head.reduced_to_metres || 0), lon, lat,
    rounded: fine?.scale >= ROUNDED.scale ? ROUNDED.metres : 0,
    text: (column, row) => frame.text(column, row),
    doubt: (row) => doubts[row],
    mostDoubt: doubts.reduce((most, one) => Math.max(most, one), 0),
    shape(row) {
      if (!kept.has(row)) kept.set(row, makeShape(row));
      return kept.get(row);
    },
    near: (box, metres) => rowsNear(shapes, box, metres),
  };
}

// The box in degrees, `metres` wider all round and a little more.
function widerBox([west, south, east, north], metres) {
  const most = Math.min(Math.max(Math.abs(south), Math.abs(north)) + metres / 1e5, 89);
  const [lon, lat] = [(metres / degreeAt(most)[0]) * 1.002 + 1e-5, metres / 110574 * 1.002 + 1e-5];
  return [west - lon, south - lat, east + lon, north + lat];
}

function rowsNear({ rows, box, partStart }, own, metres) {
  const [west, south, east, north] = widerBox(own, metres);
  const [left, top, right, bottom] = [toX(west), toY(Math.min(north, 85)), toX(east), toY(Math.max(south, -85))];
  const found = [];
  for (let row = 0, at = 0; row < rows; row += 1, at += 4) {
    if (box[at] <= right && box[at + 2] >= left && box[at + 1] <= bottom && box[at + 3] >= top && partStart[row] < partStart[row + 1]) found.push(row);
  }
  return found;
}

function openRefused(head, of) {
  const shapes = head.refused_places.filter((_, at) => head.refused[at] === of).map(({ dim, lines }) => oriented(figureOf(dim, lines.map((line) => Float64Array.from(line.flat())))));
  if (!shapes.length) return null;
  return {
    rows: shapes.length, coarse: 0, mostDoubt: 0, doubt: () => 0, shape: (row) => shapes[row],
    near: (own, metres) => {
      const [west, south, east, north] = widerBox(own, metres);
      return shapes.flatMap(({ box }, row) => (box[0] <= east && box[2] >= west && box[1] <= north && box[3] >= south ? [row] : []));
    },
  };
}

function openExtents(island, districts) {
  const { of, sizes, further } = island.head.areas;
  const places = island.place('extents');
  let at = 0;
  const counts = districts ? districts.vertices : 0;
  const areas = sizes.map((rings) => oriented(figureOf(2, rings.map((count) => {
    const line = new Float64Array(count * 2);
    for (let vertex = 0; vertex < count; vertex += 1, at += 1) {
      const place = places[at];
      line.set(place < counts ? [districts.lon(place), districts.lat(place)] : further[place - counts], vertex * 2);
    }
    return line;
  }))));
  return Object.fromEntries(Object.keys(island.head.extents).map((layer) => [layer, {
    area: of[layer] === undefined ? null : areas[of[layer]], assumption: island.head.extents[layer], until: island.head.out_of_date[layer] || island.head.out_of_date[SOURCE],
  }]));
}

export const canAsk = () => Boolean(asking || document.getElementById('island-asking'));

// Everything that answers follow from; made ready once.
export function openAsking() {
  if (asking) return asking;
  const island = readIslandNow('asking');
  if (!island) throw new Error('this page was written without what answers about places need');
  const { head } = island;
  const layers = Object.fromEntries(Object.keys(head.islands).map((of) => [of, openLayer(of, island)]));
  if (layers.districts) layers.districts.vertices = page.shapes.districts.x.length;
  const rules = head.rules.map((rule) => ({ ...rule, placed: !['status', 'quality'].includes(rule.relation) }));
  asking = {
    ...head, ids: head.layers, rules, layers, extents: openExtents(island, layers.districts),
    refusedOf: Object.fromEntries(Object.keys(head.extents).map((of) => [of, openRefused(head, of)])),
    farthest: (of) => Math.max(0, ...rules.filter((rule) => rule.placed && rule.of === of).map((rule) => rule.reach)),
  };
  return asking;
}
