// Drawing a point, a line or an area on the map: a click or tap adds a vertex, a vertex is dragged to move it; double click or
// Enter ends, Backspace takes the last one back. What was drawn stays on the map until it is cleared.
import { page, still } from './state.js';
import { make, say } from './words.js';

const LEAST = { point: 1, line: 2, area: 3 };
// Two clicks as near as this, in pixels, are the two of a double click.
const TWICE = 6;

// `changed(sketch)` is told after every vertex, `ended(sketch)` when the shape is finished; a finished one can still be dragged.
export function startSketch(shape, { changed, ended = () => {} }) {
  const { map } = page;
  const sketch = { shape, points: [], done: false };
  const group = L.layerGroup().addTo(map);
  const look = { color: getComputedStyle(document.documentElement).getPropertyValue('--accent').trim(), weight: 3, interactive: false };
  const drawn = L.polygon([], { ...look, fillOpacity: 0.12, renderer: L.svg({ padding: 0.5 }) });

  const outline = () => {
    const places = sketch.points.map(([lon, lat]) => [lat, lon]);
    const open = sketch.shape === 'line' || (sketch.shape === 'area' && places.length < 3);
    group.removeLayer(drawn);
    if (sketch.shape === 'point' || places.length < 2) return;
    drawn.options.fill = !open;
    drawn.setLatLngs(places);
    if (open) L.polyline(places, look).addTo(group); else drawn.addTo(group);
  };
  const redraw = () => {
    group.clearLayers();
    outline();
    sketch.points.forEach(handle);
  };
  const tellChange = () => {
    redraw();
    changed(sketch);
  };
  function handle([lon, lat], at) {
    const sign = L.divIcon({ className: `vertex ${sketch.shape}`, iconSize: [44, 44] });
    const marker = L.marker([lat, lon], { icon: sign, draggable: true, keyboard: false, autoPan: !still() }).addTo(group);
    marker.on('drag', ({ latlng }) => {
      sketch.points[at] = [latlng.lng, latlng.lat];
      const lines = [];
      group.eachLayer((layer) => { if (layer instanceof L.Polyline) lines.push(layer); });
      lines.forEach((layer) => group.removeLayer(layer));
      outline();
      changed(sketch);
    });
    marker.on('dragend', () => {
      tellChange();
      if (sketch.done) ended(sketch);
    });
    // A tap on the first vertex closes an area, one on the last ends a line.
    marker.on('click', () => {
      const closes = sketch.shape === 'area' ? at === 0 : at === sketch.points.length - 1;
      if (!sketch.done && closes) finish();
    });
  }
  // Once a line or an area is finished, a click on the map opens things again.
  function takeClicks() {
    if (page.tool) page.tool.click = sketch.done && sketch.shape !== 'point' ? null : add;
  }
  function finish() {
    if (sketch.done || sketch.points.length < LEAST[sketch.shape]) return;
    sketch.done = true;
    takeClicks();
    tellChange();
    ended(sketch);
  }
  function add({ lon, lat }) {
    const last = sketch.points.at(-1);
    const apart = last && map.latLngToContainerPoint([last[1], last[0]]).distanceTo(map.latLngToContainerPoint([lat, lon]));
    if (last && apart < TWICE && sketch.shape !== 'point') return;
    if (sketch.shape === 'point') sketch.points = [];
    sketch.points.push([lon, lat]);
    // A point is finished with one click; another click asks elsewhere.
    sketch.done = sketch.shape === 'point';
    tellChange();
    if (sketch.done) ended(sketch);
  }
  function undo() {
    if (!sketch.points.length) return;
    sketch.points.pop();
    reopen();
  }
  function reopen() {
    sketch.done = false;
    takeClicks();
    tellChange();
  }
  const pressed = (event) => {
    if (/^(INPUT|TEXTAREA|SELECT|BUTTON|A|SUMMARY)$/.test(document.activeElement.tagName) && event.key === 'Enter') return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    if (event.key === 'Enter') finish();
    else if (event.key === 'Backspace') undo();
    else return;
    event.preventDefault();
  };
  map.doubleClickZoom.disable();
  map.on('dblclick', finish);
  document.addEventListener('keydown', pressed);
  takeClicks();
  return Object.assign(sketch, {
    add, finish, undo,
    // Another shape is begun with what was drawn so far, a point with none of it.
    begin(next) {
      sketch.shape = next;
      if (next === 'point') sketch.points = [];
      reopen();
    },
    clear() {
      sketch.points = [];
      reopen();
    },
    put(points) {
      sketch.points = points;
      sketch.done = true;
      takeClicks();
      tellChange();
    },
    // No more clicks; what is drawn stays.
    rest() {
      map.doubleClickZoom.enable();
      map.off('dblclick', finish);
      document.removeEventListener('keydown', pressed);
    },
    remove() {
      sketch.rest();
      group.remove();
    },
  });
}

// What one can do while drawing, as a row of buttons; drawn anew by whoever shows it.
export function sketchButtons(sketch) {
  const button = (key, act, dead) => make('button', { type: 'button', class: 'quietbutton', disabled: dead, onclick: act }, say(key));
  const few = sketch.points.length < LEAST[sketch.shape];
  return make('div', { class: 'sketch-buttons', role: 'group' },
    sketch.shape === 'point' ? null : button('sketch.done', () => sketch.finish(), few || sketch.done),
    sketch.shape === 'point' ? null : button('sketch.undo', () => sketch.undo(), !sketch.points.length),
    button('sketch.clear', () => sketch.clear(), !sketch.points.length));
}
