// Coordinates as people paste them: decimal or in degrees, minutes and seconds, in Chinese or Latin signs, either order.
import { page } from './state.js';

const LONGEST_PASTE = 90;
const FIGURE = /^[-+]?\d/;
// Compared after NFKC, which makes full-width digits, signs and letters plain; ″ and º would become something else by it.
const SIGNS = [[/[″“”〃]/g, '"'], [/[′‘’´`]/g, "'"], [/[º˚]/g, '°'], [/[−–—]/g, '-']];
const WORDS = [[/''/g, '"'], [/度/g, '°'], [/分/g, "'"], [/秒/g, '"'], [/东经|东/g, 'E'], [/西经|西/g, 'W'], [/北纬|北/g, 'N'], [/南纬|南/g, 'S'],
  [/LONGITUDE|LON|LNG|经°?/g, 'X'], [/LATITUDE|LAT|纬°?/g, 'Y'], [/坐标\s*:?|POINT|[()[\]]/g, ' '], [/([NSEWXY])\s*[:=]/g, '$1 ']];
const AXES = { E: 'x', W: 'x', X: 'x', N: 'y', S: 'y', Y: 'y' };
const LIMITS = { x: 180, y: 85 };

function tokensOf(text) {
  let plain = SIGNS.reduce((told, [sign, to]) => told.replace(sign, to), text).normalize('NFKC').toUpperCase();
  plain = WORDS.reduce((told, [sign, to]) => told.replace(sign, to), plain);
  const tokens = plain.match(/[NSEWXY]|[-+]?\d+(?:\.\d+)?|[°'":]|[,;、/&]/g) || [];
  return tokens.join('') === plain.replace(/\s/g, '') ? tokens : [];
}

// The tokens of each of the places' two numbers: [{ letter, numbers, signed }].
function partsOf(tokens) {
  const lettered = tokens.some((token) => AXES[token]);
  const before = Boolean(AXES[tokens[0]]);
  const parts = [];
  let part = null;
  const end = () => { part = null; };
  const open = () => { part ??= parts[parts.push({ letter: '', numbers: [] }) - 1]; };
  tokens.forEach((token, at) => {
    if (AXES[token]) {
      if (before) end();
      open();
      part.letter += token;
      if (!before) end();
    } else if (FIGURE.test(token)) {
      const next = tokens[at + 1] === '°' || !(lettered || /[°':]/.test(tokens[at - 1])) || part?.numbers[0]?.includes('.');
      if (part?.numbers.length && next) end();
      open();
      part.numbers.push(token);
    } else if (/[,;、/&]/.test(token)) end();
  });
  return parts;
}

// Degrees with their sign, or NaN: minutes and seconds stay below 60, and only the last number has a fraction.
function partDegrees({ letter, numbers }) {
  const whole = numbers.slice(0, -1).some((one) => one.includes('.'));
  const signed = numbers.slice(1).some((one) => /^[-+]/.test(one)) || (/[NSEW]/.test(letter) && /^[-+]/.test(numbers[0]));
  if (letter.length > 1 || !numbers.length || numbers.length > 3 || whole || signed || numbers.slice(1).some((one) => Number(one) >= 60)) return NaN;
  const amount = numbers.reduce((sum, one, at) => sum + Math.abs(Number(one)) / 60 ** at, 0);
  return numbers[0].startsWith('-') || /[SW]/.test(letter) ? -amount : amount;
}

// "104.83, 26.59" (longitude first, or the other order where only that is possible or near), "26°35′24″N 104°49′48″E",
// "东经104度49分48秒，北纬26度35.4分" -> [lon, lat], or null for anything else.
export function coordinates(text) {
  const parts = text.length > LONGEST_PASTE ? [] : partsOf(tokensOf(text));
  if (parts.length !== 2) return null;
  const [first, second] = parts.map(partDegrees);
  const axes = parts.map(({ letter }) => AXES[letter] || '');
  const fits = (lon, lat) => Math.abs(lon) <= LIMITS.x && Math.abs(lat) <= LIMITS.y;
  if (axes[0] || axes[1]) {
    if (axes[0] === axes[1]) return null;
    const place = axes[0] === 'x' || axes[1] === 'y' ? [first, second] : [second, first];
    return fits(...place) ? place : null;
  }
  const box = page.map ? page.bounds : null;
  const near = (lon, lat) => box && lon > box[0] - 5 && lon < box[2] + 5 && lat > box[1] - 5 && lat < box[3] + 5;
  if (near(second, first) && !near(first, second)) return [second, first];
  if (fits(first, second)) return [first, second];
  return fits(second, first) ? [second, first] : null;
}
