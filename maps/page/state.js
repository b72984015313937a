// The one state of the page, and who wants to hear of its changes.
export const page = {
  run: null, answers: null, style: null, words: null, sentences: null, language: 'zh',
  sites: null, findings: null, zones: null, sections: null, context: {},
  map: null, selected: null, hovered: -1, pointed: -1, crowds: [], signs: [], hidden: new Set(['changes']), printing: false, everyOpen: false, tool: null, lost: false,
  // What draws the answer to a question into the drawer, and that question as a link has it.
  reply: null, asked: null,
};

const listeners = new Map();

// Events: `filter` (what is shown changed), `narrowed` (a person asked for it), `select`, `hover`, `sheet`, `layers`, `language`, `theme`, `tool`,
// `base` (one more of its tiles can be painted), `order` (the table's), `stepped` (back within the page), `asked`.
export function listen(event, heard) {
  if (!listeners.has(event)) listeners.set(event, []);
  listeners.get(event).push(heard);
}

export function tell(event) {
  for (const heard of heardBy(event)) heard();
}

// Those who want to hear of it, in their order.
export const heardBy = (event) => listeners.get(event) || [];

export const narrow = () => window.matchMedia('(max-width: 699px)').matches;
export const coarse = () => window.matchMedia('(pointer: coarse)').matches;
export const still = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
let darkness = null;
export const dark = () => !page.printing && (darkness ??= window.matchMedia('(prefers-color-scheme: dark)')).matches;
