// First letters of pinyin ("yssk" for 窑上水库), from the order in which the browser sorts Chinese: no table of readings.
// Where it sorts otherwise than by pinyin, there are no initials, and nothing else changes.

// The first character of every letter in that order; no reading begins with i, u or v.
const FIRSTS = '阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨他穵夕丫帀';
const LETTERS = 'abcdefghjklmnopqrstwxyz';
// Well-known characters of every letter: where one of them is sorted under another, none is believed.
const KNOWN = '安北成东恩福高河江口六马宁欧平清任山天王县云州';
// Characters of names with two readings, each followed by their letters.
const TWO_READINGS = '重zc长zc厦xs行xh会hk乐ly单ds曾zc石sd解jx盛sc参cs尉wy蔚wy车cj调dt弹dt降jx率ls秘mb泌mb番fp繁fp贾jg沈sc宿sx叶yx召zs查cz圩wx埔pb堡bp'
  + '浒hx涡wg浚jx尾wy荥xy铅qy奇qj期qj稽jq区qo仇cq覃qt俞ys臧zc畜cx藏cz朝zc殖zs种zc传cz提td艾ay犍qj阿ae枞zc泷ls强qj校xj系xj夹jg巷xh囤td给gj';
const [FIRST_HAN, LAST_HAN] = [0x4e00, 0x9fff];
// Two letters stand as one sign of the area for private use.
const PRIVATE = 0xe000;
const eithers = [];
const readings = new Uint16Array(LAST_HAN - FIRST_HAN + 1);
let byPinyin;

function collator() {
  if (byPinyin !== undefined) return byPinyin;
  byPinyin = null;
  try {
    const sorted = new Intl.Collator('zh-u-co-pinyin');
    if ([...KNOWN].map((sign) => LETTERS[letterPlace(sorted, sign)]).join('') === LETTERS) byPinyin = sorted;
  } catch { /* Without a collator there are no initials. */ }
  if (byPinyin) for (const [, sign, both] of TWO_READINGS.matchAll(/(.)([a-z]{2})/g)) readings[sign.charCodeAt(0) - FIRST_HAN] = PRIVATE + pairOf(both);
  return byPinyin;
}

export const hasInitials = () => collator() !== null;

function pairOf(both) {
  const letters = [...both].sort().join('');
  const place = eithers.indexOf(letters);
  return place < 0 ? eithers.push(letters) - 1 : place;
}

// Which letter's characters `sign` is sorted among.
function letterPlace(sorted, sign) {
  let [low, high] = [0, LETTERS.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sorted.compare(FIRSTS[middle], sign) <= 0) low = middle; else high = middle;
  }
  return low;
}

function letterOf(code) {
  const place = code - FIRST_HAN;
  readings[place] ||= LETTERS.charCodeAt(letterPlace(byPinyin, String.fromCharCode(code)));
  return readings[place];
}

// `text` from `start` to `end` with the letter of every Chinese character in its place, all else as it is.
export function initialsOf(text, start = 0, end = text.length) {
  if (!collator()) return '';
  const codes = new Uint16Array(end - start);
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    codes[at - start] = code >= FIRST_HAN && code <= LAST_HAN ? letterOf(code) : code;
  }
  let told = '';
  for (let at = 0; at < codes.length; at += 8192) told += String.fromCharCode(...codes.subarray(at, at + 8192));
  return told;
}

// Finds `term` in initials: each letter in either reading, and from three letters on with one character left out between
// two of them ("ysk" for 窑上水库). Null for what cannot be initials.
export function initialsPattern(term) {
  if (!/^[a-z]{2,12}$/.test(term) || !collator()) return null;
  const signs = [...term].map((letter) => {
    const either = eithers.map((both, place) => (both.includes(letter) ? String.fromCharCode(PRIVATE + place) : '')).join('');
    return either ? `[${letter}${either}]` : letter;
  });
  return new RegExp(signs.join(term.length > 2 ? '[\\s\\S]?' : ''), 'g');
}
