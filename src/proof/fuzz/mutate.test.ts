import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { expect, test } from 'vitest';
import { seedRng } from '../../base/rng.ts';
import { EventSchema } from '../../gen/attune/v1/event_pb.ts';
import { FUZZ_METHODS } from './fuzz-methods.ts';
import { leakIn } from './leaks.ts';
import { makeAttack } from './make-attack.ts';
import { makeMessage } from './make-message.ts';
import { mutateBytes } from './mutate-bytes.ts';

const plan = { wildness: 0, now: Date.UTC(2026, 2, 3), policy: [] };

test('every method is attacked, and a message that is not wild keeps the rules of the contract', () => {
  const validator = createValidator();
  for (const method of FUZZ_METHODS) {
    for (let n = 0; n < 40; n++) {
      const bytes = makeMessage(method.input, seedRng(n, 1), plan);
      const result = validator.validate(method.input, fromBinary(method.input, bytes));
      expect([method.path, n, result.error?.message, result.violations?.map(String)]).toEqual([
        method.path,
        n,
        undefined,
        undefined,
      ]);
    }
  }
});

test('the same number of the same seed is the same request', () => {
  const now = () => plan.now;
  for (let index = 0; index < 100; index++) {
    const attack = { seed: 9, policy: [], now };
    expect(makeAttack(index, attack)).toEqual(makeAttack(index, attack));
  }
});

test('a mutation changes bytes, and never what it was given', () => {
  const event = create(EventSchema, { id: 'e', source: 's', name: 'Page Viewed', currency: 'GBP' });
  const bytes = Buffer.from(toBinary(EventSchema, event));
  const before = Buffer.from(bytes);
  let changed = 0;
  for (let n = 0; n < 500; n++) if (!mutateBytes(bytes, seedRng(n, 2)).equals(before)) changed++;
  expect(bytes.equals(before)).toBe(true);
  expect(changed).toBeGreaterThan(450);
});

test('inner text is told from what callers may read', () => {
  const inner = [
    "TypeError: Cannot read properties of undefined (reading 'x')",
    'it broke\n    at CustomerGateway.publish (src/runtime/customer-gateway.ts:12:3)',
    'open /var/lib/attune/data: ENOENT',
    'PortError: the log does not answer',
    'x is not a function',
  ];
  for (const text of inner) expect(leakIn(['fine', text], [])).toBeDefined();
  const fine = [
    'Something went wrong on our side.',
    '`events[3].occurred_at` is required.',
    'Send a known token as metadata "authorization: Bearer <token>".',
  ];
  expect(leakIn(fine, ['/secret/place'])).toBeUndefined();
  expect(leakIn(['it lies in /secret/place'], ['/secret/place'])).toBeDefined();
});
