import { BOUNDS } from '../bounds.ts';
import type { Zones } from '../calendar/zones.ts';
import { channelIndex, PURPOSES } from '../channel.ts';
import type { ChoiceRef, FeedbackFact } from '../fact/fact.ts';
import type { Profile } from '../profile/profile.ts';
import { findSeen, seenBody } from '../profile/seen.ts';
import { hash48, hourOfWeek, localOffset } from './derive-event.ts';
import type { FeedbackInput } from './feedback-input.ts';

export type FeedbackVerdict =
  | { readonly kind: 'accepted'; readonly fact: FeedbackFact }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'conflict' };

/** From a report to the fact that it becomes. `ref` is the choice that its dispatch id or tracking token names. */
export function deriveFeedback(
  profile: Profile,
  input: FeedbackInput,
  ref: ChoiceRef | undefined,
  now: number,
  zones: Zones,
): FeedbackVerdict {
  const idHash = hash48(input.channel, input.id);
  const seen = findSeen(profile.seenFeedback, BOUNDS.seenFeedback, idHash, now);
  if (seen >= 0)
    return seenBody(profile.seenFeedback, seen) === input.bodyHash
      ? { kind: 'duplicate' }
      : { kind: 'conflict' };
  const at = Math.min(input.occurredAt, now);
  return {
    kind: 'accepted',
    fact: {
      kind: 'feedback',
      customer: profile.id,
      ref,
      channel: channelIndex(input.channel),
      idHash,
      bodyHash: input.bodyHash,
      feedback: input.kind,
      at,
      receivedAt: now,
      hourOfWeek: hourOfWeek(at, localOffset(profile.zone, at, zones)),
      machine: input.machine,
      link: input.link,
      value: input.value,
      scope: input.scope === '' ? -1 : PURPOSES.indexOf(input.scope as (typeof PURPOSES)[number]),
    },
  };
}
