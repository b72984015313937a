// The tools of the map, of which one runs at a time: it may take the map's clicks (`page.tool.click`) until it is stopped.
import { page, tell } from './state.js';
import { make } from './words.js';
import { icon } from './icons.js';

const tools = new Map();

// A button in the column on the map; `tool.NAME` in words.json is what it says. A tool without `stop` acts once and does not run;
// one that is not `shown` is started from elsewhere.
export function addTool(name, { start, stop = null, shown = true }) {
  const button = make('button', { type: 'button', 'data-say': `tool.${name}`, 'data-tool': name, 'aria-pressed': stop ? 'false' : null, onclick: () => turn(name) }, shown ? icon(name) : '');
  tools.set(name, { button, start, stop });
  if (shown) document.getElementById('tools').append(button);
}

function turn(name) {
  const runs = page.tool?.name === name;
  if (tools.get(name).stop) stopTool();
  if (!runs) startTool(name);
}

export function startTool(name) {
  const { button, start, stop } = tools.get(name);
  if (stop) {
    stopTool();
    page.tool = { name, click: null };
    button.setAttribute('aria-pressed', 'true');
  }
  start();
  tell('tool');
}

// Nothing where no tool runs.
export function stopTool() {
  if (!page.tool) return;
  const { button, stop } = tools.get(page.tool.name);
  page.tool = null;
  button.setAttribute('aria-pressed', 'false');
  stop();
  // What it had opened is gone, and the focus with it.
  if (document.activeElement === document.body) button.focus({ preventScroll: true });
  tell('tool');
}
