// Handing visits in as a survey file, and reading such files: one's own again, or a colleague's.
import { page } from './state.js';
import { make, number, say } from './words.js';
import { canShare, handOn, saveFile } from './download.js';
import { LARGEST_FILE, readSurvey, surveyParts } from './survey.js';
import { begunVisits, codes, markExported, owedVisits, photoData, takeIn, visits } from './visit_book.js';
import { rowOfVisit } from './visits.js';

// What was handed in or read last, in sentences: `[{text, wrong}]`.
const outcome = { lines: [], busy: false };

const outcomeLine = (key, slots = {}, wrong = false) => ({ text: say(key, slots), wrong });

function fileName() {
  const two = (amount) => String(amount).padStart(2, '0');
  const now = new Date();
  const moment = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const who = (owedVisits()[0]?.record.inspector || '').replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 24);
  return ['headwater-survey', moment, who].filter(Boolean).join('-');
}

// All that were made here and finished, or those of them that were not handed in yet.
async function handIn(all, how, redraw) {
  const list = all ? visits.list.filter(({ state }) => state === 'done') : owedVisits();
  if (outcome.busy) return;
  outcome.busy = true;
  const oldestFirst = [...list].reverse();
  const { parts, lost } = await surveyParts(page.run.build_id, oldestFirst.map(({ record }) => record), photoData);
  const name = fileName();
  // Older browsers share text files, but no JSON.
  const gone = how === 'save' || (await handOn(`${name}.txt`, 'text/plain', parts)) === 'done';
  if (how === 'save') saveFile(`${name}.json`, 'application/json', parts);
  if (gone) await markExported(list.filter(({ source, exported }) => source === 'own' && !exported));
  outcome.busy = false;
  const begun = begunVisits().length;
  outcome.lines = gone ? [outcomeLine(how === 'share' ? 'hand.shared' : 'hand.saved', { count: number(list.length), name: how === 'share' ? `${name}.txt` : `${name}.json` })] : [outcomeLine('hand.unshared', {}, true)];
  if (lost.length) outcome.lines.push(outcomeLine('hand.lost', { names: lost.join(say('list.comma')) }, true));
  if (begun) outcome.lines.push(outcomeLine('hand.begun', { count: number(begun) }, true));
  redraw();
}

const faultLine = (name, { record, field, word }) => outcomeLine(record ? 'take.fault' : 'take.fault.file', { file: name, record, field, what: say(`fault.${word}`) }, true);

async function readOne(file) {
  if (file.size > LARGEST_FILE) return [outcomeLine('take.fault.file', { file: file.name, field: '', what: say('fault.large') }, true)];
  const survey = await readSurvey(await file.text(), codes());
  if (survey.faults.length) return [outcomeLine('take.nothing', { file: file.name }, true), ...survey.faults.map((fault) => faultLine(file.name, fault))];
  const { added, conflicts, same, unkept } = await takeIn(survey);
  const strangers = [...added, ...conflicts].filter((visit) => rowOfVisit(visit) < 0);
  return [outcomeLine('take.done', { file: file.name, added: number(added.length), same: number(same) }),
    ...conflicts.map(({ record }) => outcomeLine('take.conflict', { site: record.site_id, inspector: record.inspector, uuid: record.uuid }, true)),
    ...(strangers.length ? [outcomeLine('take.strangers', { count: number(strangers.length), sites: [...new Set(strangers.map(({ record }) => record.site_id))].slice(0, 10).join(say('list.comma')) }, true)] : []),
    ...(survey.extra.length ? [outcomeLine('take.extra', { fields: survey.extra.slice(0, 20).join(say('list.comma')) }, true)] : []),
    ...(unkept ? [outcomeLine('take.unkept', { count: number(unkept) }, true)] : [])];
}

async function readAll(files, redraw) {
  outcome.busy = true;
  outcome.lines = [];
  for (const file of files) {
    const lines = await readOne(file).catch(() => [outcomeLine('take.fault.file', { file: file.name, field: '', what: say('fault.unread') }, true)]);
    outcome.lines.push(...lines);
  }
  outcome.busy = false;
  redraw();
}

// The buttons for handing in and reading, and what came of it last.
export function handingIn(redraw) {
  const owed = owedVisits().length;
  const done = visits.list.filter(({ state }) => state === 'done').length;
  const button = (key, count, all, how) => make('button', { type: 'button', class: how === 'save' && !all ? 'main' : 'pick', 'data-hand': `${how}${all ? '-all' : ''}`, onclick: () => handIn(all, how, redraw) }, say(key, { count: number(count) }));
  const input = make('input', { type: 'file', accept: '.json,.txt,application/json,text/plain', multiple: true, class: 'hiddenfile', id: 'survey-file', 'aria-label': say('take.button'),
    onchange: () => { if (input.files.length) readAll([...input.files], redraw); } });
  return make('div', { class: 'handing' }, owed ? make('div', { class: 'pair' }, button('hand.save', owed, false, 'save'), canShare('survey.txt', 'text/plain') ? button('hand.share', owed, false, 'share') : null) : null,
    make('div', { class: 'pair' }, done > owed ? button('hand.again', done, true, 'save') : null, make('label', { class: 'pick' }, input, make('span', {}, say('take.button')))),
    make('div', { class: 'outcome', role: 'status' }, ...outcome.lines.map(({ text, wrong }) => make('p', { class: wrong ? 'fault' : '' }, text))));
}
