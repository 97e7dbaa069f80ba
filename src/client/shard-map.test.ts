import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trackingToken } from '../core/decide/decision-id.ts';
import { addresseeOf, hashOfId, strongest } from '../core/identity/customer.ts';
import { ownerMapOf, shardOf } from './shard-map.ts';

const KINDS = ['crm', 'loyalty', 'anonymous'];
const identifier = fc.record({
  kind: fc.constantFrom(...KINDS),
  value: fc.string({ unit: 'grapheme', minLength: 1 }),
});
const identifiers = fc.array(identifier, { minLength: 1, maxLength: 8 });
const shards = fc.integer({ min: 1, max: 1_024 });

function mapOf(count: number) {
  const map = ownerMapOf({ nodes: ['a:1'], owners: new Array(count).fill(1), identifierKinds: KINDS });
  if (map === undefined) throw new Error('It is none.');
  return map;
}

test('the shard of a request is the one that the service puts its customer in', () => {
  fc.assert(
    fc.property(identifiers, shards, (given, count) => {
      const { kind, value } = given[strongest(given, KINDS).at] ?? { kind: '', value: '' };
      expect(shardOf(mapOf(count), { identifiers: given })).toBe(addresseeOf(kind, value).hash % count);
    }),
  );
});

test('a customer id and a token lead to the same shard as the key', () => {
  fc.assert(
    fc.property(identifier, shards, ({ kind, value }, count) => {
      const { id, hash } = addresseeOf(kind, value);
      expect(hashOfId(id)).toBe(hash);
      const tracking = trackingToken(id, { generation: 1, shard: 3, seq: 17, index: 0 }, 0);
      expect([{ customerId: id }, { tracking }].map((target) => shardOf(mapOf(count), target))).toEqual([
        hash % count,
        hash % count,
      ]);
    }),
  );
});

test('the hash that the contract gives as an example is right', () => {
  const identifiers = [{ kind: 'crm', value: 'c1' }];
  expect(shardOf(mapOf(1_000), { identifiers })).toBe(1_379_373_255 % 1_000);
});

test('what names nobody has no shard', () => {
  for (const target of [
    {},
    { identifiers: [] },
    { identifiers: [{ kind: 'shoe', value: '9' }] },
    { tracking: 'x' },
  ])
    expect(shardOf(mapOf(4), target)).toBeUndefined();
});

test('an undeclared kind is passed over', () => {
  const known = { kind: 'anonymous', value: 'b' };
  const map = mapOf(64);
  expect(shardOf(map, { identifiers: [{ kind: 'shoe', value: '9' }, known] })).toBe(
    shardOf(map, { identifiers: [known] }),
  );
});

test('a service that is alone, and one that names no addresses, have no map', () => {
  const given = { owners: [1], identifierKinds: KINDS };
  expect(ownerMapOf({ ...given, nodes: [] })).toBeUndefined();
  expect(ownerMapOf({ ...given, nodes: ['unix:///etc/socket:1'] })).toBeUndefined();
  expect(ownerMapOf({ ...given, owners: [0, 1, 9], nodes: ['a:1'] })?.owners).toEqual(['', 'a:1', '']);
});
