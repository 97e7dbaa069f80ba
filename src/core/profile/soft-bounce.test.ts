import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { BOUNDS } from '../bounds.ts';
import type { FeedbackFact, FeedbackKind } from '../fact/fact.ts';
import { emptyProfile } from './empty-profile.ts';
import { fold } from './fold.ts';

const customer = branded<CustomerId>('Qm9vdHMgYW5kIHNob2VzLg');
const EMAIL = 3;
const HOUR = 3_600_000;
const T0 = 1_790_000_000_000;

function softBounces(reports: readonly (readonly [FeedbackKind, number])[]): number {
  const profile = emptyProfile(customer, branded<IdentifierKey>('crm:1'));
  for (const [i, [feedback, at]] of reports.entries()) {
    const fact: FeedbackFact = {
      ...{ kind: 'feedback', customer, key: profile.key, ref: undefined, channel: EMAIL, idHash: i + 1 },
      ...{
        bodyHash: 0,
        feedback,
        at,
        receivedAt: at,
        hourOfWeek: 0,
        machine: false,
        link: '',
        value: 0,
        scope: -1,
      },
    };
    fold(profile, fact, i + 1, 0);
  }
  return profile.channelStats[EMAIL]?.softBounces ?? 0;
}

test('soft bounces count in a row, one told twice once, and what arrives later ends it', () => {
  const bounce = (hours: number) => ['bounced_soft', T0 + hours * HOUR] as const;
  expect(softBounces([bounce(0), bounce(0.5), bounce(2), bounce(4)])).toBe(3);
  expect(softBounces([bounce(0), bounce(2), ['delivered', T0 + 3 * HOUR]])).toBe(0);
  expect(softBounces([bounce(0), bounce(2), ['opened', T0 + 3 * HOUR], bounce(5)])).toBe(1);
  // A report that comes late says nothing of what bounced after it.
  expect(softBounces([bounce(2), bounce(4), ['delivered', T0 + HOUR]])).toBe(2);
});

test('bounces that are a month apart are no row', () => {
  const month = BOUNDS.softBounceRowMs;
  expect(
    softBounces([
      ['bounced_soft', T0],
      ['bounced_soft', T0 + month - 1],
    ]),
  ).toBe(2);
  expect(
    softBounces([
      ['bounced_soft', T0],
      ['bounced_soft', T0 + month],
    ]),
  ).toBe(1);
});
