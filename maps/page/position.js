// A position in the writings people use for it, and the links by which a phone leads there.
import { page } from './state.js';
import { say } from './words.js';

const RADIANS = Math.PI / 180;
const LONGEST_NAME = 60;

// Degrees, minutes and seconds to a hundredth (0.3 m), latitude first, as they are read out.
export const dms = (lon, lat) => `${sexagesimal(lat, 'NS')} ${sexagesimal(lon, 'EW')}`;

function sexagesimal(degrees, [plus, minus]) {
  const hundredths = Math.round(Math.abs(degrees) * 360000);
  const two = (amount, decimals) => amount.toFixed(decimals).padStart(decimals ? 3 + decimals : 2, '0');
  const [whole, minutes] = [Math.floor(hundredths / 360000), Math.floor(hundredths / 6000) % 60];
  return `${whole}°${two(minutes, 0)}′${two((hundredths % 6000) / 100, 2)}″${degrees < 0 ? minus : plus}`;
}

// Northing and easting in metres, by Krüger's series to the fourth power (Karney 2011): below a tenth of a millimetre
// within 30 degrees of the meridian `lon0`.
export function transverseMercator({ a, f, lon0, k0, fe, fn }, lon, lat) {
  const n = f / (2 - f);
  const e = Math.sqrt(f * (2 - f));
  const sine = Math.sin(lat * RADIANS);
  const tangent = Math.sinh(Math.atanh(sine) - e * Math.atanh(e * sine));
  const along = (lon - lon0) * RADIANS;
  const xi = Math.atan2(tangent, Math.cos(along));
  const eta = Math.asinh(Math.sin(along) / Math.hypot(tangent, Math.cos(along)));
  const series = [n / 2 - (2 * n ** 2) / 3 + (5 * n ** 3) / 16 + (41 * n ** 4) / 180, (13 * n ** 2) / 48 - (3 * n ** 3) / 5 + (557 * n ** 4) / 1440,
    (61 * n ** 3) / 240 - (103 * n ** 4) / 140, (49561 * n ** 4) / 161280];
  let [north, east] = [xi, eta];
  series.forEach((weight, at) => {
    const times = 2 * (at + 1);
    north += weight * Math.sin(times * xi) * Math.cosh(times * eta);
    east += weight * Math.cos(times * xi) * Math.sinh(times * eta);
  });
  const scale = (k0 * a * (1 + n ** 2 / 4 + n ** 4 / 64)) / (1 + n);
  return { north: fn + scale * north, east: fe + scale * east };
}

// The project's plane at this longitude: the one it names, or the 3-degree zone of CGCS2000; null where we cannot compute it.
export function planeAt(crs, lon) {
  if (!crs?.auto) return crs?.a ? crs : null;
  const zone = Math.round(lon / 3);
  const [first, last] = crs.zones;
  return zone < first || zone > last ? null : { ...crs, lon0: zone * 3, code: `EPSG:${crs.first_code + zone - first}`, name: crs.name.replace('{lon0}', zone * 3) };
}

// What is known of a position as [label, text, what is copied of it]: decimal degrees, degrees-minutes-seconds, the project's
// plane; where we cannot compute that, a sentence that says so and nothing to copy.
export function positionLines(lon, lat) {
  const { crs } = page.run;
  const plane = planeAt(crs, lon);
  const lines = [[say('position'), `${lon.toFixed(6)}, ${lat.toFixed(6)}`], [say('position.dms'), dms(lon, lat)]].map(([label, text]) => [label, text, text]);
  if (!plane) return [...lines, [crs?.code || say('position.plane'), say(crs?.auto ? 'position.no_zone' : 'position.no_plane', { crs: crs?.name || '' })]];
  const { north, east } = transverseMercator(plane, lon, lat);
  const places = { north: north.toFixed(1), east: east.toFixed(1) };
  return [...lines, [[plane.code, plane.name].filter(Boolean).join(' '), say('position.metres', places), `${places.north}, ${places.east}`]];
}

// GCJ-02 and BD-09: the published offsets of Chinese web maps, as in gis/datum.py.
const [KRASOVSKY, SQUARED] = [6378245, 0.006693421622965943];
const BAIDU = (Math.PI * 3000) / 180;

export function toGcj02(lon, lat) {
  if (!(lon > 72.004 && lon < 137.8347 && lat > 0.8293 && lat < 55.8271)) return [lon, lat];
  const [x, y] = [lon - 105, lat - 35];
  const wave = (height, times) => height * Math.sin(times * Math.PI);
  const shared = 0.1 * x * y + (2 / 3) * (wave(20, 6 * x) + wave(20, 2 * x));
  const root = Math.sqrt(Math.abs(x));
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.2 * root + shared + (2 / 3) * (wave(20, y) + wave(40, y / 3) + wave(160, y / 12) + wave(320, y / 30));
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * root + shared + (2 / 3) * (wave(20, x) + wave(40, x / 3) + wave(150, x / 12) + wave(300, x / 30));
  const magic = 1 - SQUARED * Math.sin(lat * RADIANS) ** 2;
  return [lon + (east * Math.sqrt(magic)) / (KRASOVSKY * Math.cos(lat * RADIANS) * RADIANS),
    lat + (north * magic * Math.sqrt(magic)) / (KRASOVSKY * (1 - SQUARED) * RADIANS)];
}

// The way back, by correcting until a round trip is below a millimetre.
export function fromGcj02(lon, lat) {
  let [x, y] = [lon, lat];
  for (let turn = 0; turn < 30; turn += 1) {
    const [east, north] = toGcj02(x, y);
    x -= east - lon;
    y -= north - lat;
    if (Math.max(Math.abs(east - lon), Math.abs(north - lat)) < 1e-10) break;
  }
  return [x, y];
}

export function toBd09(lon, lat) {
  const [x, y] = toGcj02(lon, lat);
  const radius = Math.hypot(x, y) + 0.00002 * Math.sin(y * BAIDU);
  const angle = Math.atan2(y, x) + 0.000003 * Math.cos(x * BAIDU);
  return [radius * Math.cos(angle) + 0.0065, radius * Math.sin(angle) + 0.006];
}

// A name as a part of an address: nothing in it ends the part, and half of a pair of surrogates is no character.
function inAddress(name) {
  const whole = [...name].slice(0, LONGEST_NAME).join('').replace(/\p{Surrogate}/gu, '\ufffd');
  return encodeURIComponent(whole).replace(/[()'!*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

// Links that open a map program outside of this page, as { key, href }. Each gets the position in the datum that it draws
// in, so that no map has to move it: WGS 84 for geo:, GCJ-02 for Amap and for Apple's map of China, BD-09 for Baidu.
export function goLinks(lon, lat, name) {
  const label = inAddress(name);
  const at = ([x, y], swapped) => (swapped ? [y, x] : [x, y]).map((degrees) => degrees.toFixed(6)).join(',');
  const [here, amap, baidu] = [at([lon, lat], true), toGcj02(lon, lat), at(toBd09(lon, lat), true)];
  return [
    { key: 'go.geo', href: `geo:${here}?q=${here}(${label})` },
    { key: 'go.amap', href: `https://uri.amap.com/marker?position=${at(amap)}&name=${label}&src=headwater&coordinate=gaode&callnative=1` },
    { key: 'go.baidu', href: `https://api.map.baidu.com/marker?location=${baidu}&title=${label}&content=${label}&coord_type=bd09ll&output=html&src=headwater` },
    { key: 'go.apple', href: `https://maps.apple.com/?ll=${at(amap, true)}&q=${label}` },
  ];
}
