import test from 'node:test';
import assert from 'node:assert/strict';
import { page } from '../../maps/page/state.js';
import { openFilters, setFilters } from '../../maps/page/filters.js';
import { arrange, foldGroup, groupAt, groupBy, groupings, groupOfRow, shownRows, sortBy, table } from '../../maps/page/ordering.js';
import { frameOfTexts } from './packed.js';

const RESULTS = ['violation', 'check', 'not_assessed', 'clear'];
const LEVELS = ['1', '2', ''];
const UNITS = ['乙局', '甲局', '', '丙局'];
const ROWS = 90;
const column = (make) => Array.from({ length: ROWS }, (_, row) => make(row));
const sites = {
  site_id: column((row) => `S-${row}`), name: column((row) => (row % 11 ? `厂${(row * 37) % 90}` : '')), result: column((row) => RESULTS[(row * 5 + 2) % 4]),
  severity: column((row) => ['major', 'minor'][row % 2]), status: column(() => ''), overdue: column((row) => ['true', 'false', ''][row % 3]),
  strictest_level: column((row) => LEVELS[(row * 2 + 1) % 3]), responsible_unit: column((row) => UNITS[(row * 3 + (row >> 2)) % 4]), deadline: column((row) => (row % 4 ? `2017-0${1 + (row % 9)}-01` : '')),
};

function opened() {
  const frame = frameOfTexts(sites);
  page.sites = frame;
  page.findings = frameOfTexts({ rule_id: [] }, { subject: [] });
  page.run = { as_of: '2017-11-30', rules: {} };
  page.words = { cases: {}, deadlines: {}, results: Object.fromEntries(RESULTS.map((code) => [code, {}])), levels: { 1: {}, 2: {} }, severities: { major: {}, minor: {} } };
  page.style = { finished: [], facets: { result: '', strictest_level: '', responsible_unit: '', kind: '' }, facet_names: {}, results: {} };
  openFilters();
  setFilters({});
  Object.assign(table, { all: null, rows: null, group: '', columns: Object.keys(sites) });
  sortBy('result', false);
}

const rank = (row) => RESULTS.indexOf(sites.result[row]) * 2 + (sites.overdue[row] === 'true' ? 0 : 1);

test('the worst come first, of them what is overdue', () => {
  opened();
  const rows = [...shownRows()];
  assert.deepEqual([...rows].sort((one, other) => one - other), column((row) => row));
  rows.slice(1).forEach((row, at) => assert.ok(rank(rows[at]) <= rank(row)));
});

test('blanks stay last in both directions', () => {
  opened();
  for (const down of [false, true]) {
    sortBy('deadline', down);
    const days = [...shownRows()].map((row) => sites.deadline[row]);
    const filled = days.filter(Boolean);
    assert.deepEqual(days.slice(filled.length), days.filter((day) => !day));
    assert.deepEqual(filled, [...filled].sort((one, other) => (one < other ? -1 : 1) * (down ? -1 : 1)));
  }
});

test('every line is a heading or a row of its group, in the order of the table', () => {
  opened();
  assert.deepEqual(groupings(), ['responsible_unit', 'strictest_level']);
  sortBy('deadline', false);
  for (const name of groupings()) {
    groupBy(name);
    assert.equal(table.lines.length, ROWS + table.groups.length);
    let group = null;
    const seen = [];
    table.lines.forEach((line, place) => {
      if (line < 0) {
        group = table.groups[-1 - line];
        assert.equal(group.at, place);
        seen.push(group.value);
      } else assert.equal(sites[name][line], group.value);
      assert.equal(groupAt(place), group);
    });
    assert.deepEqual([...shownRows()], [...table.lines].filter((line) => line >= 0));
    for (const { value, count, result, most } of table.groups) {
      const own = column((row) => row).filter((row) => sites[name][row] === value);
      const worst = RESULTS.find((code) => own.some((row) => sites.result[row] === code));
      assert.deepEqual([count, result, most], [own.length, worst, own.filter((row) => sites.result[row] === worst).length]);
    }
    assert.deepEqual(seen, table.groups.map(({ value }) => value));
  }
  assert.deepEqual(table.groups.map(({ value }) => value), ['1', '2', '']);
});

test('groups without an order of meaning begin with the one with most of the worst', () => {
  opened();
  groupBy('responsible_unit');
  const most = table.groups.map(({ worst, most: count }) => [worst, -count]);
  assert.deepEqual(most, [...most].sort(([one, a], [other, b]) => one - other || a - b));
});

test('a folded group keeps its heading and its rows in the file', () => {
  opened();
  groupBy('responsible_unit');
  const [first] = table.groups;
  foldGroup(first.value);
  assert.equal(table.lines.length, ROWS + table.groups.length - first.count);
  assert.ok(!table.lines.some((line) => line >= 0 && groupOfRow(line) === first.value));
  assert.equal(shownRows().length, ROWS);
  foldGroup(first.value);
  assert.equal(table.lines.length, ROWS + table.groups.length);
});

test('groups hold what the filters let through', () => {
  opened();
  groupBy('responsible_unit');
  setFilters({ responsible_unit: ['乙局', '丙局'], result: ['clear'] });
  arrange();
  const expected = column((row) => row).filter((row) => ['乙局', '丙局'].includes(sites.responsible_unit[row]) && sites.result[row] === 'clear');
  assert.deepEqual([...shownRows()].sort((one, other) => one - other), expected);
  assert.ok(table.groups.every(({ value }) => ['乙局', '丙局'].includes(value)));
  setFilters({ result: ['no such'] });
  arrange();
  assert.equal(table.lines.length + shownRows().length, 0);
  groupBy('no such');
  assert.equal(table.group, '');
});
