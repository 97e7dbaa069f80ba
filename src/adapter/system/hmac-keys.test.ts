import { createHmac, hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { HmacKeys } from './hmac-keys.ts';

const one = Buffer.alloc(32, 1);
const two = Buffer.alloc(32, 2);

test('the first key signs, every key verifies, and another key does not', () => {
  const before = new HmacKeys([one]);
  const after = new HmacKeys([two, one]);
  const old = before.sign('tracking', 'a');
  expect(old).toHaveLength(32);
  expect(after.verify('tracking', 'a', old)).toBe(true);
  const now = after.sign('tracking', 'a');
  expect(after.signAll('tracking', 'a')).toEqual([now, old]);
  expect(before.verify('tracking', 'a', now)).toBe(false);
});

test('a signature is RFC 2104 over a key of RFC 5869, so another program can check it', () => {
  const key = Buffer.from(hkdfSync('sha256', one, '', 'attune tracking 1', 32));
  expect(new HmacKeys([one]).sign('tracking', 'grüße')).toEqual(
    createHmac('sha256', key).update('grüße').digest(),
  );
});

test('what is signed for one purpose is nothing for another', () => {
  const keys = new HmacKeys([one]);
  expect(keys.verify('erasure', 'a', keys.sign('tracking', 'a'))).toBe(false);
});

test('a signature may be cut to 12 bytes and no further, and no altered one is right', () => {
  const keys = new HmacKeys([one]);
  const whole = keys.sign('tracking', 'a');
  for (const bytes of [12, 16, 32]) expect(keys.verify('tracking', 'a', whole.subarray(0, bytes))).toBe(true);
  for (const bytes of [0, 1, 11]) expect(keys.verify('tracking', 'a', whole.subarray(0, bytes))).toBe(false);
  expect(keys.verify('tracking', 'a', Buffer.concat([whole, Buffer.alloc(1)]))).toBe(false);
  for (let at = 0; at < 12; at++) {
    const altered = Uint8Array.from(whole.subarray(0, 12));
    altered[at] = (altered[at] as number) ^ 1;
    expect(keys.verify('tracking', 'a', altered)).toBe(false);
  }
  expect(keys.verify('tracking', 'b', whole)).toBe(false);
});

test('fingerprints tell keys apart, are the same each time, and hold nothing of the key', () => {
  const { fingerprints } = new HmacKeys([one, two]);
  expect(fingerprints).toEqual([...new HmacKeys([one]).fingerprints, ...new HmacKeys([two]).fingerprints]);
  expect(new Set(fingerprints).size).toBe(2);
  expect(fingerprints[0]).toMatch(/^[0-9a-f]{8}$/);
});
