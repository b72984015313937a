// The form of a visit, in the drawer of its site. Nothing is filled in as if it had been seen; every change is kept at once.
import { page, listen, narrow, tell } from './state.js';
import { both, heading, make, metres, say, word } from './words.js';
import { findingsOf, ruleOf } from './records.js';
import { nameOf } from './find.js';
import { coordinates } from './coordinates.js';
import { toLat, toLon } from './shapes.js';
import { setSheet, showPage } from './sheet.js';
import { groundDistance } from './ground.js';
import { isOldFix, own, takePlace, watchPosition } from './own.js';
import { nameApart, photoFigure, shrunk } from './visit_photos.js';
import { dropVisit, keepVisit, localTime, newVisit, visits } from './visit_book.js';

// So far from the site, in metres, a position is worth a second look.
const FAR_AWAY = 500;
const SEEN = ['violation', 'clear', 'check', 'not_assessed'];
// The visit whose form is open, the row of its site, and whether its own position is waited for.
const form = { visit: null, row: -1, waiting: false };

// Every piece of evidence that the rules of the site's findings ask for, once for each rule.
function checklistOf(row) {
  const rules = new Map(findingsOf({ layer: 'sites', row }).map((finding) => [page.findings.text('rule_id', finding), ruleOf(finding)]));
  return [...rules.values()].flatMap(({ id, evidence }) => evidence.map((one) => ({ rule_id: id, item: one.zh || one.en, done: false, remark: '' })));
}

// The item in the language of the page, where its rule still asks for it.
export function itemText({ rule_id: id, item }) {
  const asked = page.run.rules[id]?.evidence?.find((one) => (one.zh || one.en) === item);
  return asked ? both(asked) : item;
}

function tellKept(kept) {
  const line = document.getElementById('visit-saved');
  if (!line) return;
  line.className = kept ? 'quiet' : 'fault';
  line.textContent = say(!kept ? 'visit.unkept' : visits.store.kind === 'page' ? 'visit.kept.page' : 'visit.kept', { time: localTime().slice(11, 19) });
}

const keepForm = (photos = []) => keepVisit(form.visit, photos).then(tellKept);

function formField(label, ...inputs) {
  return make('div', { class: 'formfield' }, make('h4', {}, label), ...inputs);
}

function choiceGroup(name, options, label) {
  const { observed } = form.visit.record;
  const option = (code) => {
    const input = make('input', { type: 'radio', name: `visit-${name}`, value: code ?? '', onchange: () => { observed[name] = code; keepForm(); } });
    input.checked = observed[name] === code;
    return make('label', { class: 'choice' }, input, make('span', {}, code === null ? say('visit.unseen') : label(code)));
  };
  return make('div', { class: 'choices', role: 'radiogroup', 'aria-label': say(`visit.${name}`) }, ...options.map(option), option(null));
}

function textInput(tag, settings, text, keep) {
  const input = make(tag, { ...settings, oninput: () => { keep(input.value); keepForm(); } });
  input.value = text;
  return input;
}

function checklistPart() {
  const { checklist: items } = form.visit.record.observed;
  if (!items.length) return make('p', { class: 'quiet' }, say('visit.checklist.none'));
  return make('ul', { class: 'checklist' }, ...items.map((one) => {
    const tick = make('input', { type: 'checkbox', onchange: () => { one.done = tick.checked; keepForm(); } });
    tick.checked = one.done;
    const remark = textInput('input', { type: 'text', maxlength: 500, placeholder: say('visit.remark'), 'aria-label': `${say('visit.remark')}: ${itemText(one)}` }, one.remark, (text) => { one.remark = text; });
    return make('li', {}, make('label', { class: 'choice' }, tick, make('span', {}, itemText(one), ' ', make('small', {}, one.rule_id))), remark);
  }));
}

async function addPhotos(files, told) {
  const { visit } = form;
  told.textContent = say('visit.photo.working');
  const failed = [];
  for (const file of files) {
    try {
      const { name, sha256: digest, data } = await shrunk(file);
      const { photos } = visit.record;
      if (!photos.some((photo) => photo.sha256 === digest)) photos.push({ name: nameApart(name, photos.map((photo) => photo.name)), sha256: digest });
      await keepVisit(visit, [[digest, data]]).then(tellKept);
    } catch {
      failed.push(file.name);
    }
  }
  if (form.visit === visit) redrawPart('photos');
  const line = document.querySelector('.visitform .phototold');
  if (line) line.textContent = failed.length ? say('visit.photo.failed', { names: failed.join(say('list.comma')) }) : '';
}

function photosPart() {
  const { record } = form.visit;
  const told = make('p', { class: 'phototold fault', role: 'status' });
  const picker = (key, settings) => {
    const input = make('input', { type: 'file', accept: 'image/*', multiple: true, class: 'hiddenfile', 'aria-label': say(key), ...settings, onchange: () => { if (input.files.length) addPhotos([...input.files], told); } });
    return make('label', { class: 'pick' }, input, make('span', {}, say(key)));
  };
  const remove = (photo) => make('button', { type: 'button', class: 'action', 'aria-label': `${say('visit.photo.remove')}: ${photo.name}`, onclick: () => {
    record.photos = record.photos.filter((one) => one !== photo);
    keepForm();
    redrawPart('photos');
  } }, say('visit.photo.remove'));
  return make('div', { class: 'photos' }, make('div', { class: 'pair' }, picker('visit.photo.take', { capture: 'environment', id: 'visit-camera' }), picker('visit.photo.pick', { id: 'visit-gallery' })),
    told, make('div', { class: 'visitphotos' }, ...record.photos.map((photo) => photoFigure(photo, remove(photo)))));
}

// The position in words, with how far it is from the site.
export function positionWords({ lon, lat, accuracy_m: accuracy, source }, row = -1) {
  const { points } = page;
  const words = [`${lon.toFixed(6)}, ${lat.toFixed(6)}`, accuracy === null ? '' : `± ${metres(accuracy)}`, source ? say(`visit.position.${source}`) : ''];
  if (row >= 0 && points.placed[row] && source !== 'site') {
    words.push(say('visit.position.away', { metres: metres(groundDistance(lon, lat, toLon(points.x[row]), toLat(points.y[row]))) }));
  }
  return words.filter(Boolean).join(' · ');
}

function setPosition(position) {
  form.waiting = false;
  form.visit.record.position = position;
  keepForm();
  redrawPart('position');
}

const sevenDigits = (degrees) => Math.round(degrees * 1e7) / 1e7;

function takeOwn() {
  const { fix } = own;
  if (fix && !isOldFix() && fix.source === 'own') {
    setPosition({ lon: sevenDigits(fix.lon), lat: sevenDigits(fix.lat), accuracy_m: fix.accuracy === null ? null : Math.round(fix.accuracy * 10) / 10, source: 'own' });
    return;
  }
  form.waiting = true;
  watchPosition();
  redrawPart('position');
}

const takeHand = (lon, lat) => setPosition({ lon: sevenDigits(lon), lat: sevenDigits(lat), accuracy_m: null, source: 'hand' });

function takeSite() {
  const { points, sites } = page;
  const stated = sites.has('located_to_metres') ? Number(sites.text('located_to_metres', form.row)) : NaN;
  setPosition({ lon: sevenDigits(toLon(points.x[form.row])), lat: sevenDigits(toLat(points.y[form.row])), accuracy_m: stated > 0 ? stated : null, source: 'site' });
}

// Where coordinates are typed or pasted, or tapped on the map: `taken(lon, lat)`.
export function byHand(taken) {
  const wrong = make('p', { class: 'fault', role: 'status' });
  const input = make('input', { type: 'text', inputmode: 'text', placeholder: say('own.hand.placeholder'), 'aria-label': say('own.hand.label') });
  const read = () => {
    const place = coordinates(input.value);
    if (!place) { wrong.textContent = say('own.hand.wrong'); return; }
    input.value = '';
    taken(...place);
  };
  input.addEventListener('keydown', (event) => { if (event.key === 'Enter') { event.preventDefault(); read(); } });
  const onMap = () => {
    const { page: shown, sheet } = document.getElementById('app').dataset;
    if (narrow()) setSheet('low');
    document.getElementById('announce').textContent = say('own.hand.tap');
    takePlace((lon, lat) => {
      if (narrow()) showPage(shown, sheet);
      taken(lon, lat);
    });
    wrong.textContent = say('own.hand.tap');
  };
  return make('div', { class: 'byhand' }, make('div', { class: 'pair' }, input, make('button', { type: 'button', class: 'pick', onclick: read }, say('own.hand.set'))),
    make('button', { type: 'button', class: 'pick', onclick: onMap }, say('own.hand.map')), wrong);
}

function positionPart() {
  const { position: at } = form.visit.record;
  const button = (key, act) => make('button', { type: 'button', class: 'pick', 'data-position': key, onclick: act }, say(`visit.position.${key}`));
  const placed = page.points.placed[form.row];
  const far = at && placed && groundDistance(at.lon, at.lat, toLon(page.points.x[form.row]), toLat(page.points.y[form.row])) > FAR_AWAY;
  const waiting = form.waiting ? say(own.fault ? `own.${own.fault}` : 'own.waiting') : '';
  return make('div', { class: 'positions' }, make('p', { class: at ? '' : 'quiet' }, at ? positionWords(at, form.row) : say('visit.position.none')),
    far ? make('p', { class: 'fault' }, say('visit.position.far')) : null, waiting ? make('p', { class: own.fault ? 'fault' : 'quiet', role: 'status' }, waiting) : null,
    make('div', { class: 'pair' }, button('own', takeOwn), placed ? button('site', takeSite) : null),
    make('details', { open: form.waiting && own.fault !== '' }, make('summary', {}, say('visit.position.hand')), byHand(takeHand)));
}

function whenPart() {
  const { record } = form.visit;
  const input = make('input', { type: 'datetime-local', step: 1, 'aria-label': say('visit.when'), onchange: () => {
    const chosen = new Date(input.value);
    if (Number.isNaN(chosen.getTime())) return;
    record.visited_at = localTime(chosen);
    keepForm();
  } });
  input.value = localTime(new Date(record.visited_at)).slice(0, 19);
  return make('div', { class: 'pair' }, input, make('span', { class: 'quiet' }, `UTC${localTime(new Date(record.visited_at)).slice(19)}`));
}

// Why the visit cannot be finished yet, as the key of a sentence, or nothing.
function lacking({ inspector, observed, note, photos: taken }) {
  if (!inspector.trim()) return 'visit.needs.inspector';
  const seen = observed.status !== null || observed.result !== null || observed.checklist.some((one) => one.done || one.remark) || note.trim() || taken.length;
  return seen ? null : 'visit.needs.seen';
}

async function finishVisit(told) {
  const { visit } = form;
  const lacks = lacking(visit.record);
  told.textContent = lacks ? say(lacks) : '';
  if (lacks) {
    document.getElementById(lacks === 'visit.needs.inspector' ? 'visit-inspector' : 'visit-note').focus();
    return;
  }
  visit.state = 'done';
  await keepVisit(visit);
  document.getElementById('announce').textContent = say(visits.unkept.has(visit.key) ? 'visit.unkept' : 'visit.finished');
  closeForm();
  // That it is kept, and not handed in yet, stands with the visits of the site.
  const show = () => document.querySelector('#detail .visits')?.scrollIntoView({ block: 'center' });
  show();
  // The sheet comes down from its full height.
  if (narrow()) document.getElementById('sheet').addEventListener('transitionend', show, { once: true });
}

// Asked twice before something is gone for good.
export function deleteButton(visit, gone) {
  const spot = make('span', { class: 'twice' });
  const once = () => {
    spot.replaceChildren(make('span', {}, say(visit.exported ? 'visit.delete.here' : 'visit.delete.sure')),
      make('button', { type: 'button', class: 'pick danger', onclick: () => dropVisit(visit).finally(gone) }, say('visit.delete.yes')),
      make('button', { type: 'button', class: 'pick', onclick: first }, say('visit.delete.no')));
    spot.querySelector('button').focus();
  };
  const first = () => spot.replaceChildren(make('button', { type: 'button', class: 'pick', onclick: once }, say('visit.delete')));
  first();
  return spot;
}

const PARTS = { photos: photosPart, position: positionPart };

function redrawPart(name) {
  document.querySelector(`.visitform [data-part="${name}"]`)?.replaceChildren(PARTS[name]());
}

function drawForm() {
  const { record } = form.visit;
  const part = (name) => make('div', { 'data-part': name }, PARTS[name]());
  const told = make('p', { class: 'fault', role: 'alert' });
  return make('form', { class: 'visitform', 'aria-label': say('visit.title'), onsubmit: (event) => { event.preventDefault(); finishVisit(told); } },
    make('h3', {}, say('visit.title')), make('p', { class: 'quiet', id: 'visit-saved' }, say('visit.begin')),
    formField(say('visit.when'), whenPart()),
    formField(say('visit.inspector'), textInput('input', { type: 'text', id: 'visit-inspector', maxlength: 100, autocomplete: 'name', 'aria-label': say('visit.inspector') }, record.inspector, (text) => { record.inspector = text; })),
    formField(say('visit.result'), choiceGroup('result', SEEN, (code) => say(`seen.${code}`))),
    formField(say('visit.status'), choiceGroup('status', Object.keys(page.words.statuses), (code) => word('statuses', code))),
    formField(heading('photos'), part('photos')), formField(say('visit.checklist'), checklistPart()),
    formField(say('visit.note'), textInput('textarea', { id: 'visit-note', rows: 4, maxlength: 10000, 'aria-label': say('visit.note') }, record.note, (text) => { record.note = text; })),
    formField(say('visit.position'), part('position')),
    told, make('div', { class: 'ends' }, make('button', { type: 'submit', class: 'main' }, say('visit.finish')),
      make('button', { type: 'button', class: 'pick', onclick: closeForm }, say('visit.later')), deleteButton(form.visit, closeForm)));
}

// Puts the form into the drawer, in the place of everything but its heading.
function placeForm() {
  const drawer = document.getElementById('detail');
  const hit = page.selected;
  if (form.visit && (hit?.layer !== 'sites' || hit.row !== form.row)) form.visit = null;
  visits.editing = form.visit;
  drawer.classList.toggle('visiting', Boolean(form.visit));
  drawer.querySelector('.visitform')?.remove();
  if (!form.visit) return;
  drawer.append(drawForm());
  drawer.scrollTop = 0;
}

export function openForm(row, visit = null) {
  if (page.selected?.layer !== 'sites' || page.selected.row !== row) page.choose({ layer: 'sites', row });
  const begun = visit || newVisit(row, checklistOf(row));
  Object.assign(form, { visit: begun, row, waiting: false });
  const { fix } = own;
  if (!visit && fix?.source === 'own' && !isOldFix()) {
    begun.record.position = { lon: sevenDigits(fix.lon), lat: sevenDigits(fix.lat), accuracy_m: fix.accuracy === null ? null : Math.round(fix.accuracy * 10) / 10, source: 'own' };
  }
  if (narrow()) showPage('detail', 'full');
  placeForm();
  document.getElementById('announce').textContent = `${say('visit.title')} ${nameOf('sites', row)}`;
}

export function closeForm() {
  form.visit = null;
  placeForm();
  document.getElementById('detail').scrollTop = 0;
  if (narrow()) setSheet('half');
  tell('visits');
}

export function startForm() {
  listen('detail', placeForm);
  listen('fix', () => {
    if (!form.visit || !form.waiting) return;
    if (own.fix?.source === 'own' && !isOldFix()) takeOwn(); else redrawPart('position');
  });
}
