// The answer of every rule to a site, folded until it is asked for: counts first, then the rules under their answers.
import { page } from './state.js';
import { both, make, number, say, word } from './words.js';
import { answersOf, ruleWith, why } from './records.js';
import { drawMark, swatch } from './marks.js';

const ORDER = ['violation', 'check', 'not_assessed', 'not_asked', 'clear'];

// That nobody has compared the citation with the text of the law yet; nothing where the citation says so itself.
export function uncheckedTag({ reviewed }, citation = '') {
  return reviewed || citation.includes(say('unreviewed')) ? null : make('span', { class: 'tag unchecked' }, say('unreviewed'));
}

const answerWord = (result) => (result === 'not_asked' ? say('answer.not_asked') : word('results', result));

function answerMark(result) {
  if (result === 'not_asked') return swatch((context, side) => {
    context.setLineDash([2, 2]);
    context.strokeStyle = '#6E6E6E';
    context.strokeRect(side / 2 - 4.5, side / 2 - 4.5, 9, 9);
  }, 20);
  return swatch((context, side) => drawMark(context, result, '', false, side / 2, side / 2, 0.9), 20);
}

function reasonOf(result, reason) {
  if (result === 'not_assessed') return why(reason);
  if (result === 'not_asked') return say('answer.not_asked.why');
  return result === 'clear' ? say('answer.clear.why') : '';
}

function ruleLine({ id }) {
  const rule = ruleWith(id);
  return make('li', { 'data-rule-id': id }, make('span', {}, rule.title ? both(rule.title) : id), make('small', {}, id), uncheckedTag(rule));
}

// The rules with one answer for one reason.
function answerGroup(result, reason, rules) {
  const told = reasonOf(result, reason);
  return make('section', { 'data-answer': result, 'data-reason': reason },
    make('h4', {}, answerMark(result), make('span', {}, answerWord(result)), make('span', { class: 'count' }, number(rules.length))),
    told ? make('p', { class: 'quiet' }, told) : null, make('ul', {}, ...rules.map(ruleLine)));
}

function everyGroup(asked, others) {
  const groups = ORDER.flatMap((result) => {
    const own = asked.filter((one) => one.result === result);
    return [...new Set(own.map((one) => one.reason))].map((reason) => answerGroup(result, reason, own.filter((one) => one.reason === reason)));
  });
  return [...groups, others ? make('p', { class: 'quiet' }, say('every.others', { count: number(others) })) : null].filter(Boolean);
}

// How many rules about its kind were not asked of a site.
export function unaskedOf(hit) {
  return answersOf(hit).filter((one) => one.result === 'not_asked').length;
}

// A section of the drawer: `2 violation · 3 to check · …`, and when it is opened each rule with its answer.
export function everyRule(hit) {
  const answers = answersOf(hit);
  if (!answers.length && hit.layer !== 'sites') return null;
  const asked = answers.filter((one) => one.result !== 'other_kind');
  const counts = ORDER.map((result) => [result, asked.filter((one) => one.result === result).length]).filter(([, count]) => count);
  const told = counts.map(([result, count]) => say('every.count', { count: number(count), answer: answerWord(result) })).join(' · ');
  const section = make('details', { class: 'every', open: page.everyOpen }, make('summary', {}, make('b', {}, say('every.title')),
    make('span', { class: 'quiet' }, told || say('every.none'))));
  const fill = () => { if (section.children.length < 2) section.append(...everyGroup(asked, answers.length - asked.length)); };
  if (page.everyOpen) fill();
  section.addEventListener('toggle', () => {
    page.everyOpen = section.open;
    if (section.open) fill();
  });
  return section;
}
