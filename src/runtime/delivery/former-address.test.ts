import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { policy as policyOf } from '../../core/decide/shop.fixture.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { formerAddress } from './former-address.ts';

const policy = policyOf([]);
const profile = emptyProfile(branded<CustomerId>('x'), branded<IdentifierKey>('crm:c'));
for (const [kind, value] of [
  ['crm', 'c'],
  ['email_sha256', 'old'],
  ['phone_sha256', 'p'],
  ['email_sha256', 'new'],
] as const)
  profile.identifiers.push({ kind, value, origin: profile.key });

function refusedField(kind: FeedbackInput['kind'], ...given: string[]): string | undefined {
  const identifiers = given.map((one) => {
    const [name = '', value = ''] = one.split(' ');
    return { kind: name, value };
  });
  const about = { id: 'f', dispatchId: '', tracking: '', identifiers, bodyHash: 1, occurredAt: 1 };
  const plain = { machine: false, link: '', value: 0, scope: '' };
  const refused = formerAddress({ channel: 'email', kind, ...about, ...plain }, profile, policy);
  expect(refused === undefined || refused.rule === 'feedback.former_address').toBe(true);
  return refused?.field;
}

test('a bounce at an address that a newer one replaced is refused, hard or soft', () => {
  expect(refusedField('bounced_hard', 'email_sha256 old')).toBe('identifiers[0]');
  expect(refusedField('bounced_soft', 'crm c', 'email_sha256 old')).toBe('identifiers[1]');
});

test('a bounce at the newest address, at one that is not known, or by keys that are no address of the channel counts', () => {
  expect(refusedField('bounced_hard', 'email_sha256 new')).toBeUndefined();
  expect(refusedField('bounced_hard', 'email_sha256 old', 'email_sha256 new')).toBeUndefined();
  expect(refusedField('bounced_hard', 'email_sha256 unheard')).toBeUndefined();
  expect(refusedField('bounced_hard', 'crm c')).toBeUndefined();
});

test('a complaint is the customer’s, wherever they moved', () => {
  expect(refusedField('complained', 'email_sha256 old')).toBeUndefined();
});
