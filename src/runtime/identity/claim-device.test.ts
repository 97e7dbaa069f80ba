import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { LIMITS } from '../../config/limits.ts';
import type { ClaimAnswer, DevicePlace } from '../../port/peers.ts';
import { claimDevice } from './claim-device.ts';

const KEY = branded<IdentifierKey>('push_token:t');
const BY = branded<IdentifierKey>('crm:anna');
const CLAIM = { by: BY, claim: 3, identifiers: [], explicit: '', unions: 0, isDeclared: false };
const SEEN = { at: 7, by: 1 };
const owner = (n: number): CustomerId => branded<CustomerId>(`owner-${n}`);

test('a claim whose owner changes again and again waits for a moment', () => {
  let asked = 0;
  const from: (DevicePlace | undefined)[] = [];
  const answers: (ClaimAnswer | undefined)[] = [];
  claimDevice(
    {
      claim: (_key, { device }, done) => {
        from.push(device?.from);
        done({ kind: 'owned', place: { to: owner(asked), claim: asked } });
      },
      yieldDevice: (_to, _asked, done) => {
        asked++;
        done({ kind: 'yielded' });
      },
    },
    { key: KEY, seen: SEEN, apart: undefined },
    CLAIM,
    (answer) => answers.push(answer),
  );
  expect(asked).toBe(LIMITS.deviceOwnersMax);
  expect(answers).toEqual([{ kind: 'busy' }]);
  // The key is told who let go of it, and by which claim they had it.
  expect(from.slice(0, 3)).toEqual([undefined, { to: owner(0), claim: 0 }, { to: owner(1), claim: 1 }]);
});

test('whoever an Unlink gave the key to is asked before the key', () => {
  const order: string[] = [];
  claimDevice(
    {
      claim: (key, _claim, done) => {
        order.push(key);
        done({ kind: 'released', estate: new Uint8Array(0), shard: 1 });
      },
      yieldDevice: (to, _asked, done) => {
        order.push(to);
        done({ kind: 'yielded' });
      },
    },
    { key: KEY, seen: SEEN, apart: owner(9) },
    CLAIM,
    () => order.push('done'),
  );
  expect(order).toEqual([owner(9), KEY, 'done']);
});

test('what is not known stays so', () => {
  const answers: (ClaimAnswer | undefined)[] = [];
  const peer = (isKnown: boolean): Parameters<typeof claimDevice>[0] => ({
    claim: (_key, _claim, done) =>
      done(isKnown ? { kind: 'owned', place: { to: owner(1), claim: 1 } } : undefined),
    yieldDevice: (_to, _asked, done) => done(undefined),
  });
  for (const isKnown of [true, false])
    claimDevice(peer(isKnown), { key: KEY, seen: SEEN, apart: undefined }, CLAIM, (answer) =>
      answers.push(answer),
    );
  expect(answers).toEqual([undefined, undefined]);
});
