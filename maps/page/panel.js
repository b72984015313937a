// A small panel beside the tools of the map: what a tool offers to be chosen.
import { make, say } from './words.js';
import { stopTool } from './tools.js';

export function closePanel() {
  document.getElementById('panel')?.remove();
}

export function openPanel(title, ...content) {
  // Drawn anew, it keeps the focus where it was.
  const workable = (root) => [...root.querySelectorAll('button:not(.close), input, summary')];
  const before = document.getElementById('panel');
  const at = before?.getAttribute('aria-label') === title ? workable(before).indexOf(document.activeElement) : 0;
  closePanel();
  const panel = make('div', { id: 'panel', role: 'dialog', 'aria-label': title }, make('header', {}, make('h2', {}, title),
    make('button', { type: 'button', class: 'close', 'aria-label': say('close'), onclick: stopTool }, '×')), ...content.filter(Boolean));
  document.getElementById('map').append(panel);
  workable(panel)[at]?.focus({ preventScroll: true });
  return panel;
}
