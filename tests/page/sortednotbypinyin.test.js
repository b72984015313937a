import test from 'node:test';
import assert from 'node:assert/strict';

// As a browser that sorts by strokes, or by nothing we know: before the module asks for the first time.
Intl.Collator = class { compare(one, other) { return one < other ? -1 : Number(one > other); } };
const { hasInitials, initialsOf, initialsPattern } = await import('../../maps/page/initials.js');

test('where the browser does not sort by pinyin there are no initials', () => {
  assert.equal(hasInitials(), false);
  assert.equal(initialsOf('窑上水库'), '');
  assert.equal(initialsPattern('yssk'), null);
});
