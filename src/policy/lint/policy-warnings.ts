import type { KnownGoods } from '../../core/catalog/known-goods.ts';
import { sortFaults } from '../../core/policy/policy-fault.ts';
import type { PolicyWarning } from '../../core/policy/policy-warning.ts';
import type { SoundPolicy } from '../parse-policy.ts';
import { LINTS } from './lints.ts';

/**
 * What in a sound policy is probably not meant, in the order in which a reader meets it. `goods`: the shop's catalogue; undefined or
 * empty: names of goods are compared with one another only.
 */
export function policyWarnings(sound: SoundPolicy, goods: KnownGoods | undefined): readonly PolicyWarning[] {
  const found = LINTS.flatMap(({ id, find }) =>
    find(sound, goods).map((fault): PolicyWarning => ({ ...fault, id })),
  );
  return sortFaults(found);
}
