// Paints the sites: findings on top and each as itself, until they would touch; what is clear as a quiet tint from far.
import { page, dark } from './state.js';
import { filters } from './filters.js';
import { drawMark, overdueSign, sprite, disc } from './marks.js';
import { worstOf } from './records.js';
import { anchor, isDrawn } from './shapes.js';

const CELLS = [30, 46, 64];
const CROWD = 60;
const ROOM = 58 * 58;
const TINT = 5;
// From so many sites in a square on, its tint is as strong as it gets.
const DENSEST = 32;
const MANY = 2500;
// From so many sections in view on, discs are smaller; from the second number on, without numerals.
const SECTIONS = [60, 250];

// Sites in cells of the ground, so that only what can be seen is walked.
export function openPoints(island) {
  const points = { x: island.place('x'), y: island.place('y'), placed: island.place('placed'), rows: island.rows };
  const { x, y, placed, rows } = points;
  const side = Math.max(1, Math.min(512, Math.round(Math.sqrt(rows / 4))));
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let row = 0; row < rows; row += 1) {
    if (!placed[row]) continue;
    if (x[row] < left) left = x[row];
    if (x[row] > right) right = x[row];
    if (y[row] < top) top = y[row];
    if (y[row] > bottom) bottom = y[row];
  }
  const wide = Math.max(1, (right - left) / side + 1e-9);
  const high = Math.max(1, (bottom - top) / side + 1e-9);
  const cells = new Uint32Array(rows);
  const start = new Uint32Array(side * side + 1);
  for (let row = 0; row < rows; row += 1) {
    if (!placed[row]) continue;
    const cell = Math.min(side - 1, Math.floor((x[row] - left) / wide)) + side * Math.min(side - 1, Math.floor((y[row] - top) / high));
    cells[row] = cell;
    start[cell + 1] += 1;
  }
  for (let cell = 0; cell < side * side; cell += 1) start[cell + 1] += start[cell];
  const next = start.slice();
  const order = new Uint32Array(start[side * side]);
  for (let row = 0; row < rows; row += 1) if (placed[row]) order[next[cells[row]]++] = row;
  return { ...points, box: [left, top, right, bottom], side, wide, high, start, order };
}

// Calls `seen(row)` for every site within `box`, whatever the filters say.
export function eachWithin(points, [left, top, right, bottom], seen) {
  const { side, wide, high, box, start, order, x, y } = points;
  if (!order.length || right < box[0] || left > box[2] || bottom < box[1] || top > box[3]) return;
  if (left <= box[0] && right >= box[2] && top <= box[1] && bottom >= box[3]) {
    for (let at = 0; at < order.length; at += 1) seen(order[at]);
    return;
  }
  const clamp = (value) => Math.max(0, Math.min(side - 1, Math.floor(value)));
  const [fromX, toX] = [clamp((left - box[0]) / wide), clamp((right - box[0]) / wide)];
  const [fromY, toY] = [clamp((top - box[1]) / high), clamp((bottom - box[1]) / high)];
  for (let row = fromY; row <= toY; row += 1) {
    for (let at = start[row * side + fromX], end = start[row * side + toX + 1]; at < end; at += 1) {
      const site = order[at];
      if (x[site] >= left && x[site] <= right && y[site] >= top && y[site] <= bottom) seen(site);
    }
  }
}

// The shown sites in view, by result.
function gather(view) {
  const results = page.sites.column('result');
  const lists = Array.from({ length: results.count }, () => []);
  const { codes } = results;
  const { mask } = filters;
  eachWithin(page.points, view.box, (row) => { if (mask[row]) lists[codes[row]].push(row); });
  return Object.fromEntries(lists.map((list, code) => [results.word(code), list]));
}

// Many sites at once, written as pixels: a quiet tint where they are dense, or small squares.
function carpet(view) {
  const { context, ratio } = view;
  const image = context.createImageData(Math.round(view.width * ratio), Math.round(view.height * ratio));
  const pixels = new Uint32Array(image.data.buffer);
  const { width, height } = image;
  const fill = (x, y, side, colour) => {
    const left = Math.max(0, Math.round(x * ratio));
    const top = Math.max(0, Math.round(y * ratio));
    const wide = Math.round(side * ratio);
    const right = Math.min(width, left + wide);
    const bottom = Math.min(height, top + wide);
    for (let line = top; line < bottom; line += 1) for (let at = line * width + left, end = line * width + right; at < end; at += 1) pixels[at] = colour;
  };
  return { fill, lay: () => context.putImageData(image, 0, 0) };
}

// "#RRGGBB" and an opacity as the number that a pixel is (little endian: A B G R).
function pixel(colour, share) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((Math.round(share * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function layTint(view, rows, { colour, fill: filling }, { fill }) {
  const { scale, left, top, width, height } = view;
  const columns = Math.ceil(width / TINT) + 1;
  const counts = new Uint32Array(columns * (Math.ceil(height / TINT) + 1));
  const { x: px, y: py } = page.points;
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at];
    counts[Math.floor((py[row] * scale + top) / TINT) * columns + Math.floor((px[row] * scale + left) / TINT)] += 1;
  }
  const hatched = filling === 'hatch';
  const tones = Array.from({ length: DENSEST + 1 }, (_, count) => pixel(colour, Math.min(0.46, 0.14 + 0.07 * Math.log2(count)) + (hatched ? 0.4 : 0)));
  for (let at = 0; at < counts.length; at += 1) {
    if (!counts[at]) continue;
    const tone = tones[Math.min(counts[at], DENSEST)];
    const x = (at % columns) * TINT;
    const y = Math.floor(at / columns) * TINT;
    if (hatched) for (let step = 0; step < TINT; step += 1) fill(x + step, y + TINT - 1 - step, 1, tone);
    else fill(x, y, TINT, tone);
  }
}

function layDots(view, rows, { colour }, { fill }) {
  const { scale, left, top } = view;
  const quiet = pixel(colour, 0.6);
  const { x, y } = page.points;
  for (let at = 0; at < rows.length; at += 1) fill(x[rows[at]] * scale + left - 1, y[rows[at]] * scale + top - 1, 2, quiet);
}

const isLate = (row) => page.sites.text('overdue', row) === 'true';

// What is overdue lies on top, so that its sign is not covered.
function stampAll(view, rows) {
  for (const late of [false, true]) for (const row of rows) if (isLate(row) === late) stamp(view, row);
}

function stamp(view, row) {
  const { sites, points } = page;
  const picture = sprite(sites.text('result', row), sites.text('status', row), isLate(row), view.ratio);
  const x = points.x[row] * view.scale + view.left;
  const y = points.y[row] * view.scale + view.top;
  // On whole pixels: a mark between them is blurred.
  const whole = (place) => Math.round((place - 20) * view.ratio) / view.ratio;
  view.context.drawImage(picture, whole(x), whole(y), picture.width / view.ratio, picture.height / view.ratio);
}

// Violations that would touch are one disc with their number: `[{x, y, rows}]`, a single one being itself;
// the wider the cells, the more there are, so that numbers do not carpet the map either.
function places(view, rows) {
  let groups = grouped(view, rows, CELLS[0]);
  for (const side of CELLS.slice(1)) if (groups.length > CROWD && groups.length * ROOM > extent(groups)) groups = grouped(view, rows, side);
  return groups;
}

// The area in square pixels over which the places are spread.
function extent(groups) {
  const span = (axis) => groups.reduce((most, place) => Math.max(most, place[axis]), -Infinity) - groups.reduce((least, place) => Math.min(least, place[axis]), Infinity);
  return span('x') * span('y');
}

function grouped(view, rows, side) {
  const cells = new Map();
  for (const row of rows) {
    const x = page.points.x[row] * view.scale + view.left;
    const y = page.points.y[row] * view.scale + view.top;
    const key = Math.floor(x / side) * 65536 + Math.floor(y / side);
    const cell = cells.get(key);
    if (cell) {
      cell.x += x;
      cell.y += y;
      cell.rows.push(row);
    } else cells.set(key, { x, y, rows: [row] });
  }
  return [...cells.values()].map((cell) => ({ x: cell.x / cell.rows.length, y: cell.y / cell.rows.length, rows: cell.rows }));
}

function crowded(view, rows) {
  if (rows.length < 2) return false;
  const { x, y } = page.points;
  const apart = 15 / view.scale;
  return rows.length > 4 || rows.some((one, at) => rows.some((other, to) => to > at
    && Math.abs(x[one] - x[other]) < apart && Math.abs(y[one] - y[other]) < apart));
}

function paintCount(view, { x, y, rows }) {
  const { context } = view;
  const text = String(rows.length);
  const radius = 9.5 + Math.min(3, text.length - 1) * 2.6;
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.lineWidth = 4;
  context.strokeStyle = dark() ? '#0E1114' : '#FFFFFF';
  context.stroke();
  context.fillStyle = '#B84E00';
  context.fill();
  context.fillStyle = '#FFFFFF';
  context.font = '700 12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, x, y + 0.5);
  if (rows.some(isLate)) overdueSign(context, x + radius * 0.85, y - radius * 0.85, 4.6);
  return radius;
}

// The carpets go first: pixels replace what is under them.
export function paintCarpets(view) {
  const shown = gather(view);
  const looks = page.style.results;
  const many = ['clear', 'not_assessed', 'check'].filter((result) => shown[result]?.length > MANY);
  if (many.length) {
    const cloth = carpet(view);
    for (const result of many) (result === 'check' ? layDots : layTint)(view, shown[result], looks[result], cloth);
    cloth.lay();
  }
  return shown;
}

export function paintSites(view, shown) {
  const stampFew = (result) => { if ((shown[result] || []).length <= MANY) stampAll(view, shown[result] || []); };
  stampFew('clear');
  stampFew('not_assessed');
  paintSections(view);
  stampFew('check');
  page.crowds = [];
  const single = [];
  for (const place of places(view, shown.violation || [])) {
    if (crowded(view, place.rows)) page.crowds.push({ ...place, radius: paintCount(view, place) });
    else single.push(...place.rows);
  }
  stampAll(view, single);
  for (const crowd of page.crowds) {
    crowd.x = (crowd.x - view.left) / view.scale;
    crowd.y = (crowd.y - view.top) / view.scale;
    crowd.radius /= view.scale;
  }
  paintSelection(view);
}

// Anchors of the rows in view, `[row, x, y]`.
function anchorsInView(view, shapes) {
  const { scale, left, top, width, height } = view;
  const seen = [];
  for (let row = 0; row < shapes.rows; row += 1) {
    if (!isDrawn(shapes, row)) continue;
    const [x, y] = anchor(shapes, row);
    const [px, py] = [x * scale + left, y * scale + top];
    if (px > -20 && py > -20 && px < width + 20 && py < height + 20) seen.push([row, px, py]);
  }
  return seen;
}

// Sections in their colour, with the numeral where there is room; what has no class is a small ring only.
function paintSections(view) {
  const { sections, intakes } = page.shapes;
  const seen = page.hidden.has('sections') ? [] : anchorsInView(view, sections);
  const radius = seen.length > SECTIONS[1] ? 4 : seen.length > SECTIONS[0] || view.zoom < 9 ? 6.5 : 9.5;
  const classOf = (row) => page.sections.text('class', row);
  for (const classed of [false, true]) {
    for (const [row, x, y] of seen) if (Boolean(classOf(row)) === classed) disc(view.context, classOf(row), x, y, radius);
  }
  for (const [row, x, y] of seen) {
    const result = worstOf({ layer: 'sections', row });
    if (result) drawMark(view.context, result, '', false, x + radius, y - radius, 0.6);
  }
  if (intakes && !page.hidden.has('intakes')) anchorsInView(view, intakes).forEach(([, x, y]) => paintIntake(view.context, x, y));
}

export function paintIntake(context, x, y) {
  context.beginPath();
  context.moveTo(x, y - 9);
  context.bezierCurveTo(x + 8, y, x + 6, y + 7, x, y + 7);
  context.bezierCurveTo(x - 6, y + 7, x - 8, y, x, y - 9);
  context.fillStyle = '#0072B2';
  context.strokeStyle = '#FFFFFF';
  context.lineWidth = 2;
  context.stroke();
  context.fill();
}

function paintSelection(view) {
  const { context, scale, left, top } = view;
  for (const [row, colour] of [[page.hovered, '#1B1F23'], [page.selected?.layer === 'sites' ? page.selected.row : -1, '#A3127A']]) {
    if (row < 0 || !page.points.placed[row]) continue;
    const [x, y] = [page.points.x[row] * scale + left, page.points.y[row] * scale + top];
    context.beginPath();
    context.arc(x, y, 15, 0, Math.PI * 2);
    context.lineWidth = 5;
    context.strokeStyle = '#FFFFFF';
    context.stroke();
    context.lineWidth = 2.6;
    context.strokeStyle = colour;
    context.stroke();
    stamp(view, row);
  }
}
