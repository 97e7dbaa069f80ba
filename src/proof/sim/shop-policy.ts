import { createHash } from 'node:crypto';
import type { Policy } from '../../core/policy/policy.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { type PolicyBend, strictShopFiles } from '../oracle/strict-shop.ts';
import { CONSIDER_HOURS, ZONES } from './shop-rules.ts';

/** The policy of the simulated shop; the laws keep to the shop's own numbers, whatever is bent. */
export function shopPolicy(bend: PolicyBend = {}): Policy {
  const parsed = parsePolicy(
    strictShopFiles({ consider: CONSIDER_HOURS, isPriced: true, isWhole: true, ...bend }),
    {
      sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
      zoneExists: (zone) => zone in ZONES,
      localeExists: () => true,
    },
  );
  if (!parsed.ok)
    throw new Error(parsed.faults.map((fault) => `${fault.file}:${fault.line} ${fault.message}`).join('\n'));
  return parsed.policy;
}
