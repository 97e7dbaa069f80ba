import { expect, test } from 'vitest';
import { HmacKeys } from '../../adapter/system/hmac-keys.ts';
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import { channelIndex } from '../../core/channel.ts';
import { parseTracking, type Tracking } from '../../core/decide/decision-id.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { dispatchOf } from './named-dispatch.ts';
import { isGenuine, tokenOf } from './signed-token.ts';

const place = { generation: 1_764_547_200, shard: 1_023, seq: 2 ** 42 - 1, index: 4_095 };
const customer = addresseeOf('crm', 'anna').id;
const NOW = Date.UTC(2026, 2, 2, 9, 30);
const token = (channel: string, keys = KNOWN_KEYS): string =>
  tokenOf(keys, { customer, channel: channelIndex(channel) }, place, 7, NOW);
const parsed = (text: string): Tracking => parseTracking(text) as Tracking;

test('what goes to an address of the customer is signed, what anybody may look at is not', () => {
  for (const channel of ['email', 'sms', 'push', 'whatsapp', 'web_push'])
    expect(parsed(token(channel)).signature?.issuedAt).toBe(Date.UTC(2026, 2, 2, 9));
  for (const channel of ['web', 'app', 'onsite', 'ads', 'store', 'story'])
    expect(parsed(token(channel)).signature).toBeUndefined();
  // The longest one that there is, within what feedback may carry.
  expect(Buffer.byteLength(token('email'))).toBeLessThanOrEqual(160);
});

test('a signature holds for the token as it was handed out: customer, place, choice and hour', () => {
  const whole = token('email');
  expect(isGenuine(KNOWN_KEYS, parsed(whole))).toBe(true);
  const { signature } = parsed(whole);
  const mac = signature?.mac ?? '';
  const others = [
    tokenOf(KNOWN_KEYS, { customer: addresseeOf('crm', 'ben').id, channel: 3 }, place, 7, NOW),
    tokenOf(KNOWN_KEYS, { customer, channel: 3 }, { ...place, seq: 5 }, 7, NOW),
    tokenOf(KNOWN_KEYS, { customer, channel: 3 }, place, 6, NOW),
    tokenOf(KNOWN_KEYS, { customer, channel: 3 }, place, 7, NOW + 3_600_000),
  ];
  for (const other of others) {
    expect(isGenuine(KNOWN_KEYS, parsed(other))).toBe(true);
    expect(isGenuine(KNOWN_KEYS, parsed(other.slice(0, -16) + mac))).toBe(false);
  }
  for (let at = whole.length - 16; at < whole.length; at++) {
    const letter = whole[at] === 'A' ? 'B' : 'A';
    const altered = whole.slice(0, at) + letter + whole.slice(at + 1);
    expect(isGenuine(KNOWN_KEYS, parsed(altered))).toBe(false);
  }
});

test('a token of a key that is rotated is genuine as long as that key is there', () => {
  const old = new HmacKeys([Buffer.alloc(32, 1)]);
  const now = new HmacKeys([Buffer.alloc(32, 2), Buffer.alloc(32, 1)]);
  const signed = token('email', old);
  expect(isGenuine(now, parsed(signed))).toBe(true);
  expect(isGenuine(new HmacKeys([Buffer.alloc(32, 2)]), parsed(signed))).toBe(false);
});

test('of a token whose key is gone only a refusal is heard, and the decision has to bear it out', () => {
  const gone = token('email', new HmacKeys([Buffer.alloc(32, 1)]));
  const keys = new HmacKeys([Buffer.alloc(32, 2)]);
  const of = (kind: FeedbackInput['kind'], tracking = gone) =>
    dispatchOf({ kind, tracking, dispatchId: '' } as FeedbackInput, keys);
  for (const kind of ['unsubscribed', 'complained'] as const) {
    expect(of(kind)).toMatchObject({ kind: 'named', customer, isSure: false });
    // What no key ever signed, or was cut, names nobody.
    expect(of(kind, gone.slice(1))).toMatchObject({ kind: 'refused', rule: 'tracking' });
  }
  for (const kind of ['clicked', 'opened', 'bounced_hard', 'address_gone'] as const)
    expect(of(kind)).toMatchObject({ kind: 'refused', rule: 'tracking' });
});
