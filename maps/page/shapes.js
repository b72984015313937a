// Outlines in typed arrays: rows -> parts -> vertices on the Mercator grid (2^28 cells around the Earth).
export const GRID = 2 ** 28;

export const toX = (lon) => (lon / 360 + 0.5) * GRID;
export function toY(lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * GRID;
}
export const toLon = (x) => (x / GRID - 0.5) * 360;
export const toLat = (y) => (Math.atan(Math.sinh((0.5 - y / GRID) * 2 * Math.PI)) * 180) / Math.PI;

function starts(counts) {
  const list = new Uint32Array(counts.length + 1);
  for (let at = 0; at < counts.length; at += 1) list[at + 1] = list[at] + counts[at];
  return list;
}

export function openShapes(island) {
  const shapes = {
    rows: island.rows,
    partStart: starts(island.place('parts')),
    vertexStart: starts(island.place('vertices')),
    area: Uint8Array.from(island.place('area')),
    x: island.place('px'),
    y: island.place('py'),
  };
  shapes.box = boxes(shapes);
  return shapes;
}

// Of each row the outermost columns and lines; of one without vertices left is right of right, so that nothing touches it.
function boxes({ rows, partStart, vertexStart, x, y }) {
  const box = new Int32Array(rows * 4);
  for (let row = 0; row < rows; row += 1) {
    let left = GRID;
    let top = GRID;
    let right = -GRID;
    let bottom = -GRID;
    for (let at = vertexStart[partStart[row]], end = vertexStart[partStart[row + 1]]; at < end; at += 1) {
      const px = x[at];
      const py = y[at];
      if (px < left) left = px;
      if (px > right) right = px;
      if (py < top) top = py;
      if (py > bottom) bottom = py;
    }
    box[row * 4] = left;
    box[row * 4 + 1] = top;
    box[row * 4 + 2] = right;
    box[row * 4 + 3] = bottom;
  }
  return box;
}

export const isDrawn = (shapes, row) => shapes.partStart[row + 1] > shapes.partStart[row];

export function touches(shapes, row, [left, top, right, bottom]) {
  const { box } = shapes;
  const at = row * 4;
  return box[at] <= right && box[at + 2] >= left && box[at + 1] <= bottom && box[at + 3] >= top;
}

// Even-odd over all rings, so holes and islands answer by themselves.
export function contains(shapes, row, px, py) {
  if (!shapes.area[row] || !touches(shapes, row, [px, py, px, py])) return false;
  const { partStart, vertexStart, x, y } = shapes;
  let inside = false;
  for (let part = partStart[row]; part < partStart[row + 1]; part += 1) {
    const end = vertexStart[part + 1];
    for (let at = vertexStart[part], before = end - 1; at < end; before = at, at += 1) {
      if (y[at] > py !== y[before] > py && px < ((x[before] - x[at]) * (py - y[at])) / (y[before] - y[at]) + x[at]) {
        inside = !inside;
      }
    }
  }
  return inside;
}

// Whether a line of the row passes within `reach` grid cells.
export function passes(shapes, row, px, py, reach) {
  if (!touches(shapes, row, [px - reach, py - reach, px + reach, py + reach])) return false;
  const { partStart, vertexStart, x, y } = shapes;
  for (let part = partStart[row]; part < partStart[row + 1]; part += 1) {
    for (let at = vertexStart[part], end = vertexStart[part + 1]; at < end; at += 1) {
      const next = Math.min(at + 1, end - 1);
      const [dx, dy] = [x[next] - x[at], y[next] - y[at]];
      const length = dx * dx + dy * dy;
      const share = length ? Math.max(0, Math.min(1, ((px - x[at]) * dx + (py - y[at]) * dy) / length)) : 0;
      if (Math.hypot(px - x[at] - share * dx, py - y[at] - share * dy) <= reach) return true;
    }
  }
  return false;
}

// A place to put the row's mark or label: a point itself, the middle vertex of a line, the middle of an area's box.
export function anchor(shapes, row) {
  const { partStart, vertexStart, x, y, box, area } = shapes;
  if (area[row]) return [(box[row * 4] + box[row * 4 + 2]) / 2, (box[row * 4 + 1] + box[row * 4 + 3]) / 2];
  const middle = (vertexStart[partStart[row]] + vertexStart[partStart[row + 1]]) >> 1;
  return [x[middle], y[middle]];
}
