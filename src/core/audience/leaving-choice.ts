import { BOUNDS } from '../bounds.ts';
import type { AudienceLeftFact, Choice } from '../fact/fact.ts';

/** What waits in the outbox for somebody who leaves an audience: the level without a content. It is tried until the ad would be long over. */
export function leavingChoice({ level, action, channel, at }: AudienceLeftFact): Choice {
  return {
    placement: '',
    kind: 'treatment',
    row: 0,
    action,
    variant: '',
    channel,
    promotion: false,
    product: '',
    category: '',
    offer: undefined,
    content: undefined,
    propensity: 0,
    expectedValue: 0,
    reason: 0,
    notAfter: at + BOUNDS.audienceLeftMs,
    at: 0,
    audience: level,
  };
}
