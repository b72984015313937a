// How shapes lie to each other in longitude and latitude, decided exactly on the numbers as they are.
// A shape is {dim, lines, box}: 0 points, 1 lines, 2 areas; lines are flat [lon, lat, lon, lat …], of areas they are closed rings.
const SHIFT = 2 ** 80;
const whole = (value) => BigInt(Math.trunc(value * SHIFT));

// 1 where c lies to the left of the line from a to b, -1 to the right, 0 on it.
export function sideOf(ax, ay, bx, by, cx, cy) {
  const [left, right] = [(ax - cx) * (by - cy), (ay - cy) * (bx - cx)];
  const sure = 4e-16 * (Math.abs(left) + Math.abs(right));
  if (left - right > sure) return 1;
  if (right - left > sure) return -1;
  const [x, y] = [whole(cx), whole(cy)];
  const exact = (whole(ax) - x) * (whole(by) - y) - (whole(ay) - y) * (whole(bx) - x);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}

export function figureOf(dim, lines) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const line of lines) {
    for (let at = 0; at < line.length; at += 2) {
      box[0] = Math.min(box[0], line[at]);
      box[1] = Math.min(box[1], line[at + 1]);
      box[2] = Math.max(box[2], line[at]);
      box[3] = Math.max(box[3], line[at + 1]);
    }
  }
  return { dim, lines, box };
}

// 1 in the inside of an area, 0 on its boundary, -1 outside.
export function locate(x, y, { lines, box }) {
  if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) return -1;
  let inside = -1;
  for (const line of lines) {
    for (let at = 0; at + 3 < line.length; at += 2) {
      const [x1, y1, x2, y2] = [line[at], line[at + 1], line[at + 2], line[at + 3]];
      if ((x1 < x && x2 < x) || (y1 > y && y2 > y) || (y1 < y && y2 < y)) continue;
      if ((x1 === x && y1 === y) || (x2 === x && y2 === y)) return 0;
      if (y1 === y2) {
        if (Math.min(x1, x2) <= x && x <= Math.max(x1, x2)) return 0;
        continue;
      }
      const side = sideOf(x1, y1, x2, y2, x, y) * (y2 > y1 ? 1 : -1);
      if (side === 0) return 0;
      if (y1 > y !== y2 > y && side > 0) inside = -inside;
    }
  }
  return inside;
}

const reversed = (line) => {
  const turned = new Float64Array(line.length);
  for (let at = 0; at < line.length; at += 2) turned.set([line[at], line[at + 1]], line.length - at - 2);
  return turned;
};

export function isLeftward(line) {
  let twice = 0;
  const [x0, y0] = line;
  for (let at = 0; at + 3 < line.length; at += 2) twice += (line[at] - x0) * (line[at + 3] - y0) - (line[at + 2] - x0) * (line[at + 1] - y0);
  return twice > 0;
}

// The area with its inside to the left of every ring: outer rings turn left, holes right.
export function oriented(shape) {
  if (shape.dim !== 2 || shape.oriented) return shape;
  const rings = shape.lines.map((line) => figureOf(2, [line]));
  const lines = shape.lines.map((line, own) => {
    let depth = 0;
    rings.forEach((ring, other) => {
      if (other === own) return;
      let place = 0;
      for (let at = 0; at < line.length && place === 0; at += 2) place = locate(line[at], line[at + 1], ring);
      if (place > 0) depth += 1;
    });
    return isLeftward(line) === (depth % 2 === 0) ? line : reversed(line);
  });
  return Object.assign(shape, { lines, oriented: true });
}

// Edges that touch a box: [line, position].
function edgesIn({ lines }, [west, south, east, north]) {
  const found = [];
  for (const line of lines) {
    for (let at = 0; at + 3 < line.length; at += 2) {
      if (Math.min(line[at], line[at + 2]) <= east && Math.max(line[at], line[at + 2]) >= west
        && Math.min(line[at + 1], line[at + 3]) <= north && Math.max(line[at + 1], line[at + 3]) >= south) found.push([line, at]);
    }
  }
  return found;
}

function between(ax, ay, bx, by, x, y) {
  return Math.min(ax, bx) <= x && x <= Math.max(ax, bx) && Math.min(ay, by) <= y && y <= Math.max(ay, by);
}

function meeting(ax, ay, bx, by, cx, cy, dx, dy) {
  const share = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / ((bx - ax) * (dy - cy) - (by - ay) * (dx - cx));
  return [ax + share * (bx - ax), ay + share * (by - ay)];
}

// Where the outlines of two shapes have places in common: cuts of each edge by its line and position, and whether edges cross.
function cuts(one, other) {
  const found = { own: new Map(), others: new Map(), crossing: false, contact: false };
  const put = (map, line, at, x, y) => {
    if (!map.has(line)) map.set(line, new Map());
    const own = map.get(line);
    if (!own.has(at)) own.set(at, []);
    own.get(at).push([x, y]);
  };
  const beside = edgesIn(other, one.box);
  for (const [line, at] of edgesIn(one, other.box)) {
    const [ax, ay, bx, by] = [line[at], line[at + 1], line[at + 2], line[at + 3]];
    for (const [across, place] of beside) {
      const [cx, cy, dx, dy] = [across[place], across[place + 1], across[place + 2], across[place + 3]];
      if (Math.max(cx, dx) < Math.min(ax, bx) || Math.min(cx, dx) > Math.max(ax, bx)
        || Math.max(cy, dy) < Math.min(ay, by) || Math.min(cy, dy) > Math.max(ay, by)) continue;
      const [c, d, a, b] = [sideOf(ax, ay, bx, by, cx, cy), sideOf(ax, ay, bx, by, dx, dy), sideOf(cx, cy, dx, dy, ax, ay), sideOf(cx, cy, dx, dy, bx, by)];
      if (c * d < 0 && a * b < 0) {
        const [x, y] = meeting(ax, ay, bx, by, cx, cy, dx, dy);
        found.crossing = true;
        put(found.own, line, at, x, y);
        put(found.others, across, place, x, y);
        continue;
      }
      if (c === 0 && between(ax, ay, bx, by, cx, cy)) put(found.own, line, at, cx, cy);
      if (d === 0 && between(ax, ay, bx, by, dx, dy)) put(found.own, line, at, dx, dy);
      if (a === 0 && between(cx, cy, dx, dy, ax, ay)) put(found.others, across, place, ax, ay);
      if (b === 0 && between(cx, cy, dx, dy, bx, by)) put(found.others, across, place, bx, by);
    }
  }
  found.contact = found.own.size + found.others.size > 0;
  if (found.contact && one.dim === 1) crossings(one, (line, at, place) => put(found.own, line, at, ...place));
  return found;
}

// Where a line crosses itself it is cut as well.
function crossings({ lines }, put) {
  const edges = lines.flatMap((line) => Array.from({ length: line.length / 2 - 1 }, (_, at) => [line, 2 * at]));
  edges.forEach(([line, at], one) => edges.slice(one + 1).forEach(([across, place]) => {
    const [ax, ay, bx, by] = line.subarray(at, at + 4);
    const [cx, cy, dx, dy] = across.subarray(place, place + 4);
    if (sideOf(ax, ay, bx, by, cx, cy) * sideOf(ax, ay, bx, by, dx, dy) >= 0 || sideOf(cx, cy, dx, dy, ax, ay) * sideOf(cx, cy, dx, dy, bx, by) >= 0) return;
    const node = meeting(ax, ay, bx, by, cx, cy, dx, dy);
    put(line, at, node);
    put(across, place, node);
  }));
}

// A line in pieces between its cuts: [x1, y1, x2, y2, whether a cut lies at its start]; without edges that do not touch the box.
function cutPieces(line, own, [west, south, east, north]) {
  const found = [];
  let cut = true;
  for (let at = 0; at + 3 < line.length; at += 2) {
    const [ax, ay, bx, by] = [line[at], line[at + 1], line[at + 2], line[at + 3]];
    if ((ax < west && bx < west) || (ax > east && bx > east) || (ay < south && by < south) || (ay > north && by > north)) {
      cut = true;
      continue;
    }
    const along = ([x, y]) => Math.abs(x - ax) + Math.abs(y - ay);
    let [x, y] = [ax, ay];
    for (const place of own?.get(at)?.sort((one, next) => along(one) - along(next)) ?? []) {
      if (place[0] !== x || place[1] !== y) {
        found.push([x, y, place[0], place[1], cut]);
        [x, y] = place;
      }
      cut = true;
    }
    if (x === bx && y === by) continue;
    found.push([x, y, bx, by, cut]);
    cut = false;
  }
  return found;
}

const key = (x1, y1, x2, y2) => `${x1},${y1},${x2},${y2}`;

// How a line or an area lies to an area: whether they meet, whether their insides do, whether the first lies wholly in the inside
// of the other, whether all of it is in the other, and the pieces of both outlines with their side: 'in', 'out', 'same' or 'against'.
export function relation(one, other) {
  const found = cuts(one, other);
  const everywhere = [-Infinity, -Infinity, Infinity, Infinity];
  const split = (shape, own, box) => shape.lines.map((line) => cutPieces(line, own.get(line), box));
  const [ours, theirs] = [split(one, found.own, everywhere), split(other, found.others, one.box)];
  const keysOf = (lines) => new Set(found.contact ? lines.flatMap((line) => line.filter((piece) => piece[4]).map((piece) => key(...piece))) : []);
  const shared = keysOf(theirs);
  const sided = (lines, against, isShared) => {
    for (const line of lines) {
      let last = '';
      for (const piece of line) {
        const [x1, y1, x2, y2, cut] = piece;
        const known = found.contact && cut && isShared(x1, y1, x2, y2);
        if (known || cut || !last || last === 'same' || last === 'against') {
          last = known || (locate((x1 + x2) / 2, (y1 + y2) / 2, against) > 0 ? 'in' : 'out');
        }
        piece.side = last;
      }
    }
  };
  sided(ours, other, (x1, y1, x2, y2) => (shared.has(key(x1, y1, x2, y2)) ? 'same' : shared.has(key(x2, y2, x1, y1)) ? 'against' : ''));
  const own = keysOf(ours);
  if (one.dim === 2) sided(theirs, one, (x1, y1, x2, y2) => (own.has(key(x1, y1, x2, y2)) || own.has(key(x2, y2, x1, y1)) ? 'same' : ''));
  const sides = new Set(ours.flat().map(({ side }) => side));
  const within = one.dim === 2 && theirs.some((line) => line.some(({ side }) => side === 'in'));
  return {
    ours, theirs, contact: found.contact,
    meets: found.contact || sides.has('in') || within,
    interior: found.crossing || sides.has('in') || within || (one.dim === 2 && sides.has('same')),
    whole: !found.contact && !sides.has('out') && !within,
    covered: !sides.has('out') && !within && !(one.dim === 2 && sides.has('against')),
  };
}

// Whether edges of an area's rings cross, or edges of one ring that are no neighbours touch.
export function outlineCrosses({ lines }) {
  const edges = lines.flatMap((line) => Array.from({ length: line.length / 2 - 1 }, (_, at) => [line, 2 * at]));
  return edges.some(([line, at], one) => edges.slice(one + 1).some(([across, place]) => {
    const [ax, ay, bx, by] = line.subarray(at, at + 4);
    const [cx, cy, dx, dy] = across.subarray(place, place + 4);
    if (Math.max(cx, dx) < Math.min(ax, bx) || Math.min(cx, dx) > Math.max(ax, bx) || Math.max(cy, dy) < Math.min(ay, by) || Math.min(cy, dy) > Math.max(ay, by)) return false;
    const [c, d, a, b] = [sideOf(ax, ay, bx, by, cx, cy), sideOf(ax, ay, bx, by, dx, dy), sideOf(cx, cy, dx, dy, ax, ay), sideOf(cx, cy, dx, dy, bx, by)];
    if (c * d < 0 && a * b < 0) return true;
    if (line !== across) return false;
    const next = place === at + 2;
    const around = at === 0 && place === line.length - 4;
    const touches = [[c, ax, ay, bx, by, cx, cy, next], [d, ax, ay, bx, by, dx, dy, around], [a, cx, cy, dx, dy, ax, ay, around], [b, cx, cy, dx, dy, bx, by, next]];
    return touches.some(([side, px, py, qx, qy, x, y, shared]) => !shared && side === 0 && between(px, py, qx, qy, x, y));
  }));
}
