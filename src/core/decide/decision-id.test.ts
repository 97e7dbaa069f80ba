import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addresseeOf } from '../identity/customer.ts';
import {
  decisionId,
  dispatchId,
  parseDecisionId,
  parseDispatchId,
  parseTracking,
  signedText,
  trackingToken,
} from './decision-id.ts';

const number = (max: number) => fc.oneof(fc.nat({ max: 40 }), fc.integer({ min: 0, max }));
const place = fc.record({
  generation: number(2 ** 32 - 1),
  shard: number(65_535),
  seq: number(2 ** 48 - 1),
  index: number(4_096),
});
const customer = fc.string({ minLength: 1 }).map((value) => addresseeOf('crm', value).id as string);
const choice = number(7);
const letter = fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyzAQZgw_-. \n=');

/** A text with one letter more, less, another, or two neighbours swapped. */
function slip(text: string, at: number, kind: number, by: string): string {
  const [head, rest] = [text.slice(0, at), text.slice(at)];
  if (kind === 0) return head + by + rest;
  if (kind === 1) return head + rest.slice(1);
  if (kind === 2) return head + by + rest.slice(1);
  return head + rest.slice(1, 2) + rest.slice(0, 1) + rest.slice(2);
}

describe('ids have one form', () => {
  test('an id is read as what it was written of', () => {
    fc.assert(
      fc.property(place, customer, choice, (at, who, n) => {
        expect(parseDecisionId(decisionId(at))).toEqual(at);
        expect(parseDispatchId(dispatchId(at, n))).toEqual({ ...at, choice: n });
        const dispatch = { ...at, choice: n };
        expect(parseTracking(trackingToken(who, at, n))).toEqual({
          customer: who,
          dispatch,
          isChecked: true,
          signature: undefined,
        });
      }),
    );
  });

  test('no other text is read as an id: what is read is written again as it was', () => {
    fc.assert(
      fc.property(place, choice, fc.nat(), fc.nat({ max: 3 }), letter, (at, n, where, kind, by) => {
        const id = dispatchId(at, n);
        const altered = slip(id, where % (id.length + 1), kind, by);
        const read = parseDispatchId(altered);
        if (read !== undefined) expect(dispatchId(read, read.choice)).toBe(altered);
        const decision = parseDecisionId(altered);
        if (decision !== undefined) expect(decisionId(decision)).toBe(altered);
      }),
      { numRuns: 2_000 },
    );
    expect(parseDispatchId('1-a-2s-0-0a')).toBeUndefined();
    expect(parseDecisionId('1-0a-2s-0')).toBeUndefined();
  });
});

test('a tracking token with a letter more, less or another is none', () => {
  fc.assert(
    fc.property(
      place,
      customer,
      choice,
      fc.tuple(fc.nat(), fc.nat({ max: 3 }), letter),
      (at, who, n, [where, kind, by]) => {
        const token = trackingToken(who, at, n);
        const altered = slip(token, where % (token.length + 1), kind, by);
        if (altered !== token) expect(parseTracking(altered)).toBeUndefined();
      },
    ),
    { numRuns: 5_000 },
  );
});

test('two tokens put together are none, and one of 0.2.0 is read as one without a check', () => {
  const at = { generation: 1, shard: 7, seq: 100, index: 0 };
  const [anna, ben] = [addresseeOf('crm', 'anna').id, addresseeOf('crm', 'ben').id];
  const token = trackingToken(anna, at, 0);
  expect(parseTracking(ben + token.slice(22))).toBeUndefined();
  expect(parseTracking(trackingToken(anna, at, 1).slice(0, 27) + token.slice(27))).toBeUndefined();
  const dispatch = { ...at, choice: 0 };
  expect(parseTracking(`${anna}.${dispatchId(at, 0)}`)).toEqual({
    customer: anna,
    dispatch,
    isChecked: false,
    signature: undefined,
  });
});

test('a signed token is read as what it was written of, and one with a letter more, less or another is none or has another text', () => {
  const hour = 3_600_000;
  fc.assert(
    fc.property(
      place,
      customer,
      choice,
      fc.nat({ max: 2 ** 42 }),
      fc.tuple(fc.nat(), fc.nat({ max: 3 }), letter),
      (at, who, n, when, [where, kind, by]) => {
        const text = signedText(trackingToken(who, at, n), when);
        const mac = 'AbCd-_0123456789';
        const token = `${text}.${mac}`;
        expect(parseTracking(token)).toEqual({
          customer: who,
          dispatch: { ...at, choice: n },
          isChecked: true,
          signature: { text, mac, issuedAt: when - (when % hour) },
        });
        const altered = slip(token, where % (token.length + 1), kind, by);
        const read = parseTracking(altered);
        if (altered === token || read === undefined) return;
        const signature = read.signature;
        expect(signature && `${signature.text}.${signature.mac}`).toBe(altered);
      },
    ),
    { numRuns: 5_000 },
  );
});
