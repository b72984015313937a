import test from 'node:test';
import assert from 'node:assert/strict';
import { page } from '../../maps/page/state.js';
import { both, heading, metres, number, say, value, word } from '../../maps/page/words.js';
import { words } from './packed.js';

const bare = (thing) => Object.assign(Object.create(null), thing);
page.sentences = bare(words);
page.words = bare({ results: bare({ violation: { zh: '违规', en: 'violation' } }), statuses: bare({}) });

function inBoth(check) {
  for (const language of ['zh', 'en']) {
    page.language = language;
    check(language);
  }
  page.language = 'zh';
}

test('a sentence is filled once and text from data is never looked into again', () => {
  for (const hostile of ['{shown} {all}', '$& $1 $$', '{{7*7}}', '`', '__proto__', '%(x)s']) {
    inBoth(() => {
      const said = say('shown.of', { shown: hostile, all: hostile });
      assert.equal(said.split(hostile).length, 3, said);
    });
  }
});

test('a sentence that is not in the catalogue is a fault', () => {
  assert.throws(() => say('no such sentence'), /no such sentence/);
  assert.throws(() => say('constructor'), /constructor/);
});

test('a code without a word is printed as it is', () => {
  assert.equal(word('results', 'violation'), '违规');
  for (const code of ['constructor', '__proto__', 'toString', '<b>']) {
    assert.equal(word('results', code), code);
    assert.equal(value('result', code), code);
    assert.equal(heading(code), code);
  }
  assert.equal(word('no such table', 'x'), 'x');
  inBoth((language) => assert.equal(word('statuses', ''), words['none.statuses'][language]));
});

test('yes and no are words, other values are as they are', () => {
  inBoth((language) => {
    assert.equal(value('fence', 'true'), words.yes[language]);
    assert.equal(value('fence', 'false'), words.no[language]);
    assert.equal(value('fence', 'True'), 'True');
  });
});

test('the other language is better than nothing', () => {
  page.language = 'en';
  assert.equal(both({ zh: '一', en: 'one' }), 'one');
  assert.equal(both({ zh: '一', en: '' }), '一');
  page.language = 'zh';
  assert.equal(both({ en: 'one' }), 'one');
  assert.equal(both({}), '');
});

test('metres are told as exactly as they matter', () => {
  page.language = 'en';
  const told = [[null, ''], [0, '0 m'], [0.04, '0 m'], [0.25, '0.3 m'], [9.94, '9.9 m'], [9.96, '10 m'], [42.4, '42 m'], [9999.4, '9999 m'],
    [9999.6, '10.0 km'], [-3, '-3 m'], [12345, '12.3 km']];
  for (const [amount, expected] of told) assert.equal(metres(amount), expected);
  page.language = 'zh';
});

test('thousands are set apart by a narrow space', () => {
  assert.equal(number(1234567), '1\u202f234\u202f567');
  assert.equal(number(0), '0');
});
