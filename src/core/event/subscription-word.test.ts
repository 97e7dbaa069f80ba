import { describe, expect, test } from 'vitest';
import type { PropertyValue } from './event-input.ts';
import { subscriptionOf, warnOfRenewal } from './subscription-word.ts';

function warningsOf(properties: Readonly<Record<string, PropertyValue>>): string[] {
  const warnings: string[] = [];
  warnOfRenewal(properties, {
    fault: (field, rule) => void warnings.push(`fault ${field} ${rule}`),
    warn: (field, rule, value) => void warnings.push(`${field} ${rule} ${value}`),
  });
  return warnings;
}

describe('what properties say of a subscription', () => {
  test.each<[Readonly<Record<string, PropertyValue>>, { id: string; isRenewal: boolean } | undefined]>([
    [{ renewal: true }, { id: '', isRenewal: true }],
    [{ is_renewal: 'Yes' }, { id: '', isRenewal: true }],
    [{ subscription_id: ' sub-1 ' }, { id: 'sub-1', isRenewal: false }],
    [
      { subscriptionId: 17, renewal: 1 },
      { id: '17', isRenewal: true },
    ],
    [{ source_name: 'subscription_contract' }, { id: '', isRenewal: true }],
    [
      { subscription_contract_id: 'c-9', source_name: 'web' },
      { id: 'c-9', isRenewal: false },
    ],
    [
      { billing_reason: 'subscription_cycle', subscription: 'sub_1' },
      { id: 'sub_1', isRenewal: true },
    ],
    [
      { billing_reason: 'subscription_create', subscription: 'sub_1' },
      { id: 'sub_1', isRenewal: false },
    ],
    [{ renewal: false, subscription: true }, undefined],
    [{ subscription_id: 'null', subscription: 'yes', renewal: 'maybe' }, undefined],
    [{ source_name: 'subscription_contract_checkout_one' }, undefined],
  ])('%o', (properties, meant) => {
    expect(subscriptionOf(properties)).toEqual(meant);
  });

  test('a word that is neither yes nor no is told', () => {
    expect(warningsOf({ Renewal: 'maybe' })).toEqual(['properties["Renewal"] event.renewal maybe']);
    expect(warningsOf({ renewal: 'no', is_renewal: true })).toEqual([]);
  });
});
