import { expect, test } from 'vitest';
import type { AbsorbInFact, CustomerFact, RestoredFact, UnlinkedFact } from '../../fact/fact.ts';
import { addresseeOf } from '../../identity/customer.ts';
import { emptyProfile } from '../empty-profile.ts';
import { inOrder, type TrailRecord } from './trail-order.ts';

const [anna, ben, carl] = ['anna', 'ben', 'carl'].map((value) => addresseeOf('crm', value));
const phone = addresseeOf('anonymous', 'a-phone');
if (anna === undefined || ben === undefined || carl === undefined) throw new Error('nobody');
type Who = typeof anna;

/** `knownTo`: the last sequence of whom is taken in; undefined: nobody had come by the key. */
function takesIn(who: Who, other: Who, link: number, knownTo: number | undefined): AbsorbInFact {
  const state = knownTo === undefined ? undefined : { ...emptyProfile(other.id, other.key), seq: knownTo };
  return {
    ...{ kind: 'absorb-in', customer: who.id, claimed: other.key, end: 'united', at: 1, state },
    ...{ dispatches: [], isPerson: false, mixed: false },
    link: { seq: link, index: 0, claim: link, origin: undefined, before: emptyProfile(who.id, who.key) },
  };
}

function parts(who: Who, other: Who, link: number): UnlinkedFact {
  const parted = [{ key: other.key, claim: link, estate: new Uint8Array(0) }];
  const own = emptyProfile(who.id, who.key);
  return {
    ...{ kind: 'unlinked', customer: who.id, link: { seq: link, index: 0 }, own, parted },
    ...{ given: [], by: '', reason: '', at: 1 },
  };
}

function comesBack(who: Who, from: Who): RestoredFact {
  const state = emptyProfile(who.id, who.key);
  return { kind: 'restored', customer: who.id, key: who.key, from: from.id, state, dispatches: [], at: 1 };
}

const record = (shard: number, seq: number, ...facts: CustomerFact[]): TrailRecord => ({
  ...{ shard, seq },
  facts: facts.map((fact, index) => ({ index, fact })),
});
const names = (records: readonly TrailRecord[]) =>
  inOrder(records).map(({ shard, seq }) => `${shard}.${seq}`);

/** Anna, who lives in shard 0, has the phone and loses it; then Ben, of shard 1, has it, whom Anna takes in. */
const annas = [
  record(0, 10, takesIn(anna, phone, 9, undefined)),
  record(0, 12, parts(anna, phone, 9)),
  record(0, 14, takesIn(anna, ben, 13, 4)),
];
const bens = [record(1, 2, takesIn(ben, phone, 1, 7)), record(1, 4, parts(ben, phone, 1))];
const happened = ['0.10', '0.12', '1.2', '1.4', '0.14'];

test('whose shards count each for themselves is ordered by who had somebody before, whichever comes first', () => {
  expect(names([...annas, ...bens])).toEqual(happened);
  expect(names([...bens, ...annas])).toEqual(happened);
  expect(names([...bens, ...annas].reverse())).toEqual(happened);
});

test('what somebody did who came back is behind the Unlink, and what they did before in front of who took them in', () => {
  const own = [record(2, 3, takesIn(carl, phone, 2, 1)), record(2, 6, comesBack(carl, anna))];
  const log = [record(0, 5, takesIn(anna, carl, 4, 3)), record(0, 8, parts(anna, carl, 4))];
  for (const all of [
    [...own, ...log],
    [...log, ...own],
  ])
    expect(names(all)).toEqual(['2.3', '0.5', '0.8', '2.6']);
});

test('what nothing orders stays as it is, and so does what contradicts itself', () => {
  expect(names([record(1, 5, takesIn(ben, phone, 4, 3)), record(0, 2)])).toEqual(['1.5', '0.2']);
  // Each took in the other one as that one was later.
  const circle = [record(0, 1, takesIn(anna, ben, 0, 9)), record(1, 2, takesIn(ben, anna, 1, 9))];
  expect(names(circle)).toEqual(['0.1', '1.2']);
  expect(names([record(1, 3), ...circle, record(0, 0)])).toEqual(['0.0', '0.1', '1.2', '1.3']);
});
