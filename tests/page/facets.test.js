import test from 'node:test';
import assert from 'node:assert/strict';
import { page } from '../../maps/page/state.js';
import { countOf, filters, hasValue, openFilters, setFilters } from '../../maps/page/filters.js';
import { facetWord } from '../../maps/page/facets.js';
import { frameOfTexts } from './packed.js';

const DEADLINES = ['overdue', 'week', 'month', 'later', 'unclear', 'done', 'none'];
const DUE = [['2017-11-29', 'behind', 'true', 'overdue'], ['2017-11-29', 'closed', 'false', 'done'], ['2017-11-30', 'behind', 'false', 'week'], ['2017-12-07', 'behind', 'false', 'week'],
  ['2017-12-08', 'behind', 'false', 'month'], ['2017-12-30', 'reopened', 'false', 'month'], ['2017-12-31', 'behind', 'false', 'later'], ['', 'behind', '', 'none'], ['', 'closed', '', 'done'],
  ['', '', '', 'none'], ['2017-01-01', '', '', 'unclear'], ['soon', 'behind', 'false', 'unclear']];
const RULES = [[0, 'A-1'], [0, 'A-1'], [0, 'B-2'], [1, 'A-1'], [3, 'B-2'], [3, 'A-1'], [3, 'B-2'], [40, 'Z-9']];

function opened() {
  page.sites = frameOfTexts({ deadline: DUE.map(([day]) => day), status: DUE.map(([, status]) => status), overdue: DUE.map(([, , late]) => late), name: DUE.map((_, row) => `点${row}`) },
    { district: [1, 2, 3, 0, 4, 1, 2, 3, 0, 4, 1, 1] });
  page.findings = frameOfTexts({ rule_id: RULES.map(([, rule]) => rule) }, { subject: RULES.map(([subject]) => subject) });
  page.context = { districts: frameOfTexts({ district_id: ['D1', 'D2', 'D3', 'D4'], name: ['城关镇', '城关镇', '大湾镇', ''] }) };
  page.run = { as_of: '2017-11-30', rules: { 'A-1': { in_force: true, title: { zh: '甲', en: 'first' } }, 'B-2': { in_force: true } } };
  page.words = { cases: {}, deadlines: Object.fromEntries(DEADLINES.map((code) => [code, { zh: code, en: code }])) };
  page.sentences = {};
  page.style = { finished: ['closed'], facets: { deadline: 'deadlines', district: '', rule: '', status: 'statuses' }, facet_names: { state: 'status' }, results: {} };
  openFilters();
  setFilters({});
}

const shown = () => [...filters.mask].flatMap((mask, row) => (mask ? [row] : []));

test('deadlines are counted from the date of inspection', () => {
  opened();
  for (const code of DEADLINES) {
    const rows = DUE.flatMap(([, , , told], row) => (told === code ? [row] : []));
    assert.equal(countOf('deadline', code), rows.length, code);
    setFilters({ deadline: code });
    assert.deepEqual(shown(), rows, code);
    setFilters({});
  }
});

test('a rule is counted once for a site and findings of nobody are not', () => {
  opened();
  assert.deepEqual(['A-1', 'B-2', 'Z-9'].map((rule) => countOf('rule', rule)), [3, 2, 0]);
  setFilters({ rule: ['B-2'] });
  assert.deepEqual(shown(), [0, 3]);
  assert.equal(countOf('rule', 'A-1'), 3);
  setFilters({ rule: ['B-2', 'A-1'], status: 'closed' });
  assert.deepEqual(shown(), [1]);
  assert.deepEqual(['A-1', 'B-2'].map((rule) => countOf('rule', rule)), [1, 0]);
  setFilters({ rule: ['B-2', 'A-1'] });
  assert.deepEqual(shown(), [0, 1, 3]);
});

test('districts of one name are told apart by id', () => {
  opened();
  assert.deepEqual(filters.byName.get('district').words, ['', '城关镇 (D1)', '城关镇 (D2)', '大湾镇', 'D4']);
  setFilters({ district: ['城关镇 (D2)', ''] });
  assert.deepEqual(shown(), [1, 3, 6, 8]);
});

test('a facet without data is not offered', () => {
  opened();
  page.context = {};
  page.sites = frameOfTexts({ status: ['closed'] });
  page.findings = frameOfTexts({ rule_id: [] }, { subject: [] });
  openFilters();
  assert.deepEqual(filters.facets, ['status']);
  assert.ok(hasValue('state', 'closed') && hasValue('status', null) && !hasValue('status', 'x') && !hasValue('district', null) && !hasValue('__proto__', null));
  assert.throws(() => setFilters({ district: 'x' }), /unknown filter/);
});

test('a rule is told by its title where it has one', () => {
  opened();
  page.language = 'en';
  assert.deepEqual(['A-1', 'B-2', 'Z-9'].map((rule) => facetWord('rule', rule)), ['first', 'B-2', 'Z-9']);
  page.language = 'zh';
  assert.equal(facetWord('rule', 'A-1'), '甲');
});
