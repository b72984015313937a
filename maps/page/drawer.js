// The drawer: one site, section or zone in reading order: what we found, what was reported, what to do, by when, by whom, and where.
import { page, tell } from './state.js';
import { heading, make, number, say, value, word } from './words.js';
import { findingsOf, isRemediation, linkedTo, why, zoneWithId } from './records.js';
import { everyRule, unaskedOf } from './every.js';
import { frameOf, nameOf } from './find.js';
import { anchor, contains, isDrawn } from './shapes.js';
import { findingCard, hitButton, hitMark, kicker, PEOPLE, verdict, WORK } from './detail.js';
import { daysLeft, knownDays, olderEvents, timeline } from './history.js';
import { neighbours } from './neighbours.js';
import { photoSection } from './photos.js';
import { copyButton } from './copy.js';
import { actions, positionBlock } from './place.js';
import { visitButton } from './visits.js';
import { extendedFrom, standingBox } from './standing.js';

// Told elsewhere in the drawer, or only needed to draw.
const TOLD = new Set(['layer', 'site_id', 'name', 'kind', 'result', 'severity', 'status', 'overdue', 'deadline', 'violations', 'checks',
  'not_assessed', 'not_assessed_why', 'strictest_level', 'share_in_zones', 'source_id', 'photos', 'photos_before', 'photos_after',
  'revision', 'status_since', 'status_by', 'stated_status', 'first_deadline', 'look_back', 'look_back_on', 'relapses', 'contradictions', 'missing', 'former_ids', 'flags', 'older', 'change', ...PEOPLE, ...WORK]);
// From so many letters on a text gets a box of its own to scroll in.
const LONG = 600;
const MOST_ZONES = 8;

function pairs(entries) {
  const filled = entries.filter(([, text]) => text);
  if (!filled.length) return null;
  const cell = (text) => make('dd', text.length > LONG ? { class: 'long', tabindex: '0' } : {}, text);
  return make('dl', {}, ...filled.flatMap(([label, text]) => [make('dt', {}, label), cell(text)]));
}

function section(name, title, ...parts) {
  const filled = parts.filter(Boolean);
  return filled.length ? make('section', { class: name }, make('h3', {}, title), ...filled) : null;
}

function notAssessed(row) {
  const codes = page.sites.text('not_assessed_why', row).split(';').filter(Boolean);
  return codes.length ? make('div', { class: 'why' }, make('h3', {}, say('not_assessed.title')), ...codes.map((code) => make('p', {}, why(code)))) : null;
}

function linked(row) {
  const others = linkedTo(row);
  if (!others.length) return isRemediation(row) ? null : make('p', { class: 'quiet' }, say('linked.none'));
  return section('linked', say(isRemediation(row) ? 'linked.source' : 'linked.remediation'), ...others.map((other) => hitButton({ layer: 'sites', row: other })));
}

function raw(island, row, told) {
  const names = [...island.columns.keys()].filter((name) => !told.has(name) && island.text(name, row) !== '');
  if (!names.length) return null;
  return make('details', { class: 'raw' }, make('summary', {}, say('raw', { count: names.length })),
    pairs(names.map((name) => [heading(name), value(name, island.text(name, row))])));
}

// That it was assessed, and where it lies.
function clearLines(row) {
  if (page.sites.text('result', row) !== 'clear') return null;
  const level = page.sites.text('strictest_level', row);
  const unasked = unaskedOf({ layer: 'sites', row });
  return make('div', { class: 'clear' }, make('p', { class: 'sentence' }, say('clear.sentence')),
    unasked ? make('p', {}, say('clear.unasked', { count: number(unasked) })) : null, make('p', {}, level ? say('clear.level', { level: word('levels', level) }) : say('clear.outside')));
}

// The worst finding, and the others, which are told after what concerns the site as a whole.
function findingCards(hit) {
  const told = new Set();
  const [worst = null, ...others] = findingsOf(hit).map((finding) => findingCard(finding, told));
  return [worst, section('others', say('findings.others', { count: others.length }), ...others)];
}

// By which document and from when to when a zone is one.
function zoneFacts(row) {
  const [document, from, to] = ['document', 'valid_from', 'valid_to'].map((name) => page.zones.text(name, row));
  const valid = from && to ? 'valid.between' : from ? 'valid.since' : 'valid.until';
  return pairs([[heading('document'), document], [say('valid'), from || to ? say(valid, { from, to }) : '']]);
}

// The zones its findings name; of a site that lies in a zone without any, those that are drawn around it.
function zonesOf(row, place) {
  const named = findingsOf({ layer: 'sites', row }).map((finding) => zoneWithId(page.findings.text('zone_id', finding))).filter((zone) => zone >= 0);
  if (named.length || !place || !page.sites.text('strictest_level', row)) return [...new Set(named)];
  return Array.from({ length: page.zones.rows }, (_, zone) => zone).filter((zone) => contains(page.shapes.zones, zone, ...place));
}

// Where it lies: the strictest level, and of an area or line that is partly inside how much; unknown levels have no part.
function zoneSection(row, place) {
  const level = page.sites.text('strictest_level', row);
  const part = page.sites.has('share_in_zones') ? Number(page.sites.text('share_in_zones', row)) : 0;
  const partly = level && level !== page.style.unknown_level && part > 0 && part < 1;
  const clear = page.sites.text('result', row) === 'clear'; // says where it lies in a sentence
  return section('zones', say('zone.title'), pairs([[heading('strictest_level'), clear ? '' : value('strictest_level', level)], [heading('share_in_zones'), partly ? `${(part * 100).toPrecision(3)} %` : '']]),
    ...zonesOf(row, place).slice(0, MOST_ZONES).map((zone) => make('div', { class: 'inzone' }, hitButton({ layer: 'zones', row: zone }), zoneFacts(zone))));
}

function deadlineLine(row) {
  const [deadline, left] = [page.sites.text('deadline', row), daysLeft(row)];
  return deadline && [deadline, left, extendedFrom(row)].filter(Boolean).join(' · ');
}

function siteDetail(row, place) {
  const { sites } = page;
  const hit = { layer: 'sites', row };
  const [worst, others] = findingCards(hit);
  return [verdict(row), ...standingBox(row), worst, clearLines(row), notAssessed(row),
    pairs([[heading('deadline'), deadlineLine(row)], ...PEOPLE.map((name) => [heading(name), sites.text(name, row)])]),
    photoSection(hit), pairs(WORK.map((name) => [heading(name), value(name, sites.text(name, row))])), timeline(knownDays(row), olderEvents(row)), others,
    linked(row), zoneSection(row, place), neighbours(row), everyRule(hit), positionBlock(place), raw(sites, row, TOLD)];
}

function otherDetail({ layer, row }, place) {
  const island = frameOf(layer);
  const told = new Set(['name', `${layer.slice(0, -1)}_id`]);
  const [worst, others] = findingCards({ layer, row });
  const names = [...island.columns.keys()].filter((name) => !told.has(name) && page.sentences[`column.${name}`]);
  names.forEach((name) => told.add(name));
  return [worst, pairs(names.map((name) => [heading(name), value(name, island.text(name, row))])), others, everyRule({ layer, row }),
    positionBlock(place), raw(island, row, told)];
}

function placeOnGrid({ layer, row }) {
  const { points, shapes } = page;
  if (layer === 'sites') return points.placed[row] ? [points.x[row], points.y[row]] : null;
  return shapes[layer] && isDrawn(shapes[layer], row) ? anchor(shapes[layer], row) : null;
}

export function fillDetail() {
  const drawer = document.getElementById('detail');
  const hit = page.selected;
  document.body.classList.toggle('selected', Boolean(hit || page.reply));
  if (!hit && page.reply) {
    page.reply(drawer);
    return tell('detail');
  }
  if (!hit) return drawer.replaceChildren();
  const place = placeOnGrid(hit);
  const close = make('button', { type: 'button', class: 'close', 'aria-label': say('close'), onclick: () => page.choose(null) }, '×');
  const body = hit.layer === 'sites' ? siteDetail(hit.row, place) : otherDetail(hit, place);
  drawer.setAttribute('aria-label', say('detail.label'));
  drawer.replaceChildren(make('header', {}, hitMark(hit), make('div', {}, make('p', { class: 'kicker' }, kicker(hit)),
    make('h2', { tabindex: '-1' }, nameOf(hit.layer, hit.row))), close), ...body.filter(Boolean), ...[visitButton(hit)].filter(Boolean),
  copyButton(() => drawer.innerText.trim(), '', say('copy.all')), actions(hit, place));
  drawer.scrollTop = 0;
  return tell('detail');
}
