import { civilText } from '../calendar/civil-time.ts';
import { considerText } from '../consideration/consider-text.ts';
import { slotOfCause } from '../consideration/slot.ts';
import type { DecisionFact } from '../fact/fact.ts';
import type { Policy } from '../policy/policy.ts';

const DATE = '2026-03-02'.length;
/** A consideration is spread over half an hour, and a few more minutes are no news. */
const LATE_MINUTES = 60;

/** Why the service asked itself: "customers are considered daily at 09:00, this is for 2026-03-02 09:00". */
export function considerationText(fact: DecisionFact, policy: Policy): string {
  const slot = slotOfCause(fact.cause);
  const times = policy.consider.length === 0 ? '' : ` ${considerText(policy.consider)}`;
  const late = isLate(slot, fact) ? ' and comes late' : '';
  return `customers are considered${times}; this is for ${slot}${late}`;
}

/** By the customer's clock; who has none is considered by the shop's, which the record does not know. */
function isLate(slot: string, { at, offsetMin }: DecisionFact): boolean {
  if (Number.isNaN(offsetMin)) return false;
  const now = civilText(at, offsetMin);
  return now.slice(0, DATE) !== slot.slice(0, DATE) || minuteOf(now) - minuteOf(slot) > LATE_MINUTES;
}

function minuteOf(text: string): number {
  const [hour, minute] = text.slice(DATE + 1).split(':');
  return Number(hour) * 60 + Number(minute);
}
