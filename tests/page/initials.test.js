import test from 'node:test';
import assert from 'node:assert/strict';
import { hasInitials, initialsOf, initialsPattern } from '../../maps/page/initials.js';

const finds = (term, text) => initialsPattern(term)?.test(initialsOf(text)) ?? null;

test('the first letters of names are found', () => {
  assert.ok(hasInitials());
  const names = { yssk: '窑上水库', dwsk: '德坞水库', sqsk: '双桥水库', sch: '三岔河', lb: '滥坝', jdq: '九洞桥', lzt: '六枝特区', pzs: '盘州市', nyj: '农业局', rmzf: '人民政府', tsb: '他山坝',
    efl: '鹅凤岭', akm: '安康煤', owx: '欧文溪', zsq: '钟山区', swj: '水务局', ggz: '高岗镇', fhl: '凤凰岭', bmx: '北门乡', xyt: '新窑塘', kzl: '孔子林', htq: '黄土桥' };
  for (const [term, name] of Object.entries(names)) assert.ok(finds(term, name), `${term} ${name}`);
});

test('one character may be left out between two letters, from three letters on', () => {
  assert.ok(finds('ysk', '窑上水库') && finds('zsfj', '钟山区分局'));
  assert.ok(!finds('yk', '窑上水库') && !finds('ydk', '窑上大水小库'));
});

test('either reading of a character is found, also of two in one name', () => {
  for (const term of ['cq', 'zq']) assert.ok(finds(term, '重庆'), term);
  for (const term of ['cl', 'zl']) assert.ok(finds(term, '长乐'), term);
  for (const term of ['czyh', 'zcyx']) assert.ok(finds(term, '长重银行'), term);
  assert.ok(finds('xm', '厦门') && finds('sx', '单县') && finds('hj', '会计') && finds('kj', '会计') && !finds('gj', '会计'));
});

test('every character keeps its place, and what is not Chinese stays', () => {
  const text = 'K12+300 窑上\u3000水库（二期）\u{1f4a7}';
  const told = initialsOf(text);
  assert.equal(told.length, text.length);
  assert.equal(told, 'K12+300 ys\u3000sk（e' + initialsOf('期') + '）\u{1f4a7}');
  assert.equal(initialsOf(text, 8, 12), 'ys\u3000s');
  assert.equal(initialsOf('玉'.repeat(20_000)), 'y'.repeat(20_000));
});

test('what cannot be initials is sought as text only', () => {
  for (const term of ['y', 's-1', '水库', 'a1', '', 'abcdefghijklm', '.*']) assert.equal(initialsPattern(term), null, term);
});
