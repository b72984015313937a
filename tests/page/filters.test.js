import test from 'node:test';
import assert from 'node:assert/strict';
import { listen, page } from '../../maps/page/state.js';
import { areChosen, countOf, countOfAll, currentFilters, filters, isChosen, isFiltered, narrowTo, openFilters, setFilters, toggle } from '../../maps/page/filters.js';
import { frameOfTexts } from './packed.js';

const RESULTS = ['violation', 'check', 'not_assessed', 'clear'];
const UNITS = ['水务局', '农业局', '__proto__', ''];
const ROWS = 240;
const column = (make) => Array.from({ length: ROWS }, (_, row) => make(row));
const sites = {
  site_id: column((row) => `S-${row}`),
  name: column((row) => (row % 9 ? `厂${row}` : `constructor ${row}`)),
  result: column((row) => RESULTS[(row * 7 + (row >> 3)) % 4]),
  responsible_unit: column((row) => UNITS[(row * 5 + (row >> 4)) % 4]),
  overdue: column((row) => ['true', 'false', ''][row % 3]),
};
const subjects = column((row) => row).filter((row) => row % 4 === 0);

function opened() {
  page.sites = frameOfTexts(sites);
  page.findings = frameOfTexts({ rule_id: subjects.map((row) => (row % 8 ? 'CN-REM-01' : 'CN-OUT-01')) }, { subject: subjects });
  page.run = { rules: { 'CN-REM-01': { in_force: true, case: 'not_on_ledger' }, 'CN-OUT-01': { in_force: true } } };
  page.words = { cases: { not_on_ledger: {}, overdue: {} } };
  page.style = { facets: { case: 'cases', result: {}, responsible_unit: {}, overdue: {} }, facet_names: { unit: 'responsible_unit' }, results: {} };
  openFilters();
  setFilters({});
}

const inCase = (row) => row % 4 === 0 && row % 8 !== 0;
const passesAll = (wanted, but) => (row) => Object.entries(wanted).every(([name, values]) => name === but
  || (name === 'case' ? values.includes('not_on_ledger') && inCase(row) : values.includes(sites[name][row])));

function agrees(wanted) {
  const rows = column((row) => row);
  assert.equal(filters.shown, rows.filter(passesAll(wanted)).length);
  assert.deepEqual(rows.filter((row) => filters.mask[row]), rows.filter(passesAll(wanted)));
  for (const name of ['result', 'responsible_unit', 'overdue']) {
    for (const value of new Set(sites[name])) {
      const expected = rows.filter((row) => passesAll(wanted, name)(row) && sites[name][row] === value).length;
      assert.equal(countOf(name, value), expected, `${name} ${value}`);
    }
  }
  assert.equal(countOf('case', 'not_on_ledger'), rows.filter((row) => passesAll(wanted, 'case')(row) && inCase(row)).length);
}

test('every facet counts what the others let through', () => {
  opened();
  const choices = [{}, { result: ['violation'] }, { result: ['violation', 'check'], responsible_unit: ['水务局', ''] },
    { overdue: ['true'], responsible_unit: ['__proto__'] }, { result: ['clear'], case: ['not_on_ledger'] }, { case: ['not_on_ledger'] },
    { result: ['no such result'] }];
  for (const wanted of choices) {
    setFilters(wanted);
    agrees(wanted);
    assert.deepEqual(currentFilters(), wanted);
    assert.equal(isFiltered(), Object.keys(wanted).length > 0);
  }
});

test('names of other programs and single values are understood', () => {
  opened();
  setFilters({ unit: '水务局', overdue: true });
  agrees({ responsible_unit: ['水务局'], overdue: ['true'] });
  setFilters({ unit: null });
  agrees({ responsible_unit: [''] });
  setFilters({ unit: [] });
  assert.equal(isFiltered(), false);
});

test('an unknown facet is refused', () => {
  opened();
  for (const name of ['colour', 'constructor', '__proto__x']) assert.throws(() => setFilters({ [name]: 'x' }), /unknown filter/);
});

test('text narrows what facets have let through', () => {
  opened();
  setFilters({ text: 'CONSTRUCTOR', result: ['violation'] });
  const expected = column((row) => row).filter((row) => row % 9 === 0 && sites.result[row] === 'violation');
  assert.deepEqual(column((row) => row).filter((row) => filters.mask[row]), expected);
  assert.ok(expected.length > 0);
  setFilters({ text: 'CN-REM' });
  assert.equal(filters.shown, column((row) => row).filter(inCase).length);
});

test('a value is chosen and given up again', () => {
  opened();
  toggle('result', 'check');
  assert.ok(isChosen('result', 'check') && !isChosen('result', 'clear'));
  toggle('result', 'clear');
  agrees({ result: ['check', 'clear'] });
  toggle('result', 'check');
  toggle('result', 'clear');
  assert.equal(filters.shown, ROWS);
});

test('several facets are chosen and given up together', () => {
  opened();
  const wanted = { result: 'violation', overdue: 'true' };
  narrowTo(wanted);
  assert.ok(areChosen(wanted));
  const shown = filters.shown;
  assert.equal(countOfAll(wanted), shown);
  narrowTo({});
  assert.equal(filters.shown, ROWS);
  assert.equal(countOfAll(wanted), shown);
  assert.equal(countOfAll({ colour: 'red' }), 0);
});

test('a person who narrows is told apart from a program', () => {
  opened();
  const heard = [];
  listen('filter', () => heard.push('filter'));
  listen('narrowed', () => heard.push('narrowed'));
  setFilters({ result: 'clear' });
  assert.deepEqual(heard, ['filter']);
  narrowTo({});
  assert.deepEqual(heard, ['filter', 'filter', 'narrowed']);
});
