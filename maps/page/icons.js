// The signs on buttons: lines in a square of 24, drawn in the colour of the text.
const NAMESPACE = 'http://www.w3.org/2000/svg';
const LINES = {
  position: 'M12 3v3M12 18v3M3 12h3M18 12h3M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z',
  measure: 'M3 16 16 3l5 5L8 21ZM7 12l2 2M10 9l3 3M13 6l2 2',
  ask: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  layers: 'M12 3 3 8l9 5 9-5ZM3 12l9 5 9-5M3 16l9 5 9-5',
  print: 'M7 9V3h10v6M7 18H4v-8h16v8h-3M7 15h10v6H7Z',
  share: 'M12 15V3M8 7l4-4 4 4M5 12v8h14v-8',
};

export function icon(name, size = 20) {
  const picture = document.createElementNS(NAMESPACE, 'svg');
  const set = (element, settings) => Object.entries(settings).forEach(([key, setting]) => element.setAttribute(key, setting));
  set(picture, { viewBox: '0 0 24 24', width: size, height: size, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8, 'stroke-linejoin': 'round', 'stroke-linecap': 'round', 'aria-hidden': 'true' });
  const path = document.createElementNS(NAMESPACE, 'path');
  set(path, { d: LINES[name] });
  picture.append(path);
  return picture;
}
