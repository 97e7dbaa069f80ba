import { expect, test } from 'vitest';
import { type AttackFigures, type AttackRun, brokenLaws } from './report.ts';

const CALM = {
  canaryP50Ms: 2,
  canaryP99Ms: 9,
  canaryErrors: 0,
  newcomersFailed: 0,
  canaryCalls: 400,
  newcomers: 32,
  failures: [],
};
const HELD: AttackFigures = {
  ...CALM,
  name: 'rapid-reset',
  addresses: 1,
  arrived: 5_000,
  arrivedMin: 2_000,
  connections: 40,
  cutBy: 'goaway enhance_your_calm after 0.1 s',
  ends: {},
  attackerCpuSeconds: 1,
  othersCores: 0,
  lived: true,
  rssPeak: 300,
};

function lawsOf(change: Partial<AttackFigures>, run: Partial<AttackRun> = {}): string[] {
  const attacks = [{ ...HELD, ...change }];
  return brokenLaws({ attacks, survived: 1, calm: CALM, rssBefore: 200, rssAfter: 250, ...run }).map(
    ({ law }) => law,
  );
}

test('a service that nobody disturbed breaks no law', () => {
  expect(lawsOf({})).toEqual([]);
});

test.each<[string, Partial<AttackFigures>]>([
  ['lived', { lived: false }],
  ['arrived', { arrived: 1_999 }],
  ['canaryErrors', { canaryErrors: 1 }],
  ['newcomersFailed', { newcomersFailed: 1 }],
  ['canaryP99', { canaryP99Ms: 100.1 }],
  ['canaryP99', { canaryP99Ms: -1 }],
  ['canaryP99', { name: 'hpack-bomb', canaryP99Ms: 300 }],
  ['canaryP99', { name: 'hpack-bomb', addresses: 64, canaryP99Ms: 301 }],
  ['rssPeak', { rssPeak: 601 }],
  ['rssPeak', { name: 'held-headers', rssPeak: 601 }],
])('the law %s breaks by %o', (law, change) => {
  expect(lawsOf(change)).toEqual([law]);
});

test('memory that stays and a run without attacks break a law', () => {
  expect(lawsOf({}, { rssAfter: 261 })).toEqual(['rssAfter']);
  expect(lawsOf({}, { attacks: [], survived: 0 })).toEqual(['attacks']);
});

test('from many addresses headers may be held at any size and their table may take 300 ms', () => {
  expect(lawsOf({ name: 'held-headers', addresses: 64, rssPeak: 2_000 })).toEqual([]);
  expect(lawsOf({ name: 'hpack-bomb', addresses: 64, canaryP99Ms: 300 })).toEqual([]);
});
