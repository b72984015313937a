// Where the reader is: as the device says, with its doubt, or set by hand; drawn on the map, which follows until somebody moves it.
import { page, listen, tell, narrow } from './state.js';
import { addTool, startTool, stopTool } from './tools.js';
import { canvasLayer } from './canvas.js';
import { groundScale } from './reach.js';
import { toX, toY } from './shapes.js';

// `fix` is `{lon, lat, accuracy, heading, at, source}` with the accuracy in metres (null = not known); `fault` why there is none.
export const own = { watch: null, fix: null, fault: '', following: false, behind: false, layer: null, taking: null };
const FAULTS = { 1: 'refused', 2: 'unavailable', 3: 'timeout' };
const PATIENCE = 30000;
const OLD = 20000;
const NEAR = 15;
let silence = 0;

export const isOldFix = () => own.fix?.source === 'own' && Date.now() - own.fix.at > OLD;

function heard({ coords, timestamp }) {
  clearTimeout(silence);
  const { longitude: lon, latitude: lat, accuracy, heading } = coords;
  // Some devices count milliseconds from when they were switched on.
  const at = Math.abs(timestamp - Date.now()) < 864e5 ? timestamp : Date.now();
  setFix({ lon, lat, accuracy: Number.isFinite(accuracy) ? accuracy : null, heading: Number.isFinite(heading) ? heading : null, at, source: 'own' });
}

function failed(fault) {
  clearTimeout(silence);
  own.fault = FAULTS[fault.code] || 'unavailable';
  if (fault.code === 1) stopWatch();
  tell('fix');
}

function setFix(fix) {
  own.fix = fix;
  own.fault = '';
  own.layer ??= ownLayer();
  // A zoom under way comes to its end first.
  if (own.following && page.map._animatingZoom) own.behind = true;
  else if (own.following) goThere();
  own.layer.repaint();
  tell('fix');
}

export function watchPosition() {
  if (own.fix?.source === 'hand') own.fix = null;
  own.fault = '';
  own.following = true;
  if (!navigator.geolocation) failed({ code: 'none' });
  else if (own.watch === null) {
    own.watch = navigator.geolocation.watchPosition(heard, failed, { enableHighAccuracy: true, maximumAge: 5000, timeout: PATIENCE });
    // Some browsers do not even refuse.
    silence = setTimeout(() => failed({ code: 3 }), PATIENCE + 2000);
  }
  tell('fix');
}

function stopWatch() {
  clearTimeout(silence);
  if (own.watch !== null) navigator.geolocation.clearWatch(own.watch);
  own.watch = null;
  own.following = false;
}

// No position any more, neither the device's nor one set by hand.
export function forgetPosition() {
  stopWatch();
  own.fix = null;
  own.layer?.repaint();
  tell('fix');
}

export function setByHand(lon, lat) {
  stopWatch();
  own.following = true;
  setFix({ lon, lat, accuracy: null, heading: null, at: Date.now(), source: 'hand' });
  own.following = false;
}

export function followPosition() {
  own.following = true;
  if (own.fix) goThere();
  tell('fix');
}

// Where the position belongs on the screen: in the middle of what no sheet covers.
function middle() {
  const { x, y } = page.map.getSize();
  const below = narrow() ? Math.min(document.getElementById('sheet').offsetHeight, y * 0.7) : 0;
  return L.point(x / 2, (y - below) / 2);
}

function goThere() {
  const { map } = page;
  const zoom = Math.max(map.getZoom(), Math.min(NEAR, map.getMaxZoom()));
  const { x, y } = middle();
  const centre = map.project([own.fix.lat, own.fix.lon], zoom).add(map.getSize().divideBy(2)).subtract([x, y]);
  map.setView(map.unproject(centre, zoom), zoom, { animate: false });
}

// Whoever has moved the map wants to look somewhere else.
function moved() {
  if (!own.following || !own.fix) return;
  if (own.behind) {
    own.behind = false;
    goThere();
    return;
  }
  if (page.map.latLngToContainerPoint([own.fix.lat, own.fix.lon]).distanceTo(middle()) < 48) return;
  own.following = false;
  tell('fix');
}

function ownLayer() {
  const { map } = page;
  map.createPane('own').style.zIndex = 395;
  map.getPane('own').style.pointerEvents = 'none';
  const layer = canvasLayer('own', paintOwn).addTo(map);
  map.on('moveend', moved);
  return layer;
}

// The circle in true metres, the dot, and where the device is headed; grey when it is old, without a circle where the doubt is unknown.
function paintOwn(view) {
  if (!own.fix || page.printing) return;
  const { context, scale, left, top } = view;
  const { lon, lat, accuracy, heading, source } = own.fix;
  const [x, y] = [toX(lon) * scale + left, toY(lat) * scale + top];
  const colour = isOldFix() ? '#5D6670' : source === 'hand' ? '#A3127A' : '#0B62C4';
  context.strokeStyle = colour;
  context.fillStyle = colour;
  if (accuracy) {
    const [wide, high] = groundScale(lat).map((metres) => (accuracy / metres) * scale);
    context.beginPath();
    context.ellipse(x, y, wide, high, 0, 0, Math.PI * 2);
    context.globalAlpha = 0.14;
    context.fill();
    context.globalAlpha = 0.8;
    context.lineWidth = 1.4;
    context.stroke();
    context.globalAlpha = 1;
  }
  const dot = (radius, fill) => {
    context.beginPath();
    context.arc(x, y, radius, 0, Math.PI * 2);
    context.fillStyle = fill;
    context.fill();
  };
  if (heading !== null) {
    const turn = ((heading - 90) * Math.PI) / 180;
    context.beginPath();
    context.arc(x, y, 25, turn - 0.5, turn + 0.5);
    context.lineTo(x, y);
    context.globalAlpha = 0.55;
    context.fill();
    context.globalAlpha = 1;
  }
  dot(9, '#FFFFFF');
  dot(6.5, colour);
}

// Lets the next tap on the map say a place: `taken(lon, lat)`.
export function takePlace(taken) {
  stopTool();
  own.taking = taken;
  startTool('place');
}

export function startOwn() {
  addTool('place', {
    shown: false,
    start: () => {
      page.tool.click = ({ lon, lat }) => {
        const taken = own.taking;
        stopTool();
        taken(lon, lat);
      };
    },
    stop: () => { own.taking = null; },
  });
  setInterval(() => {
    if (own.fix?.source !== 'own') return;
    own.layer.repaint();
    tell('age');
  }, 5000);
  // The sheet takes its time to move.
  listen('sheet', () => setTimeout(() => { if (own.following && own.fix) goThere(); }, 250));
  listen('theme', () => own.layer?.repaint());
}
