import { BOUNDS } from '../bounds.ts';
import type { Zones } from '../calendar/zones.ts';
import { channelIndex, PURPOSES } from '../channel.ts';
import type { ChoiceRef, FeedbackFact } from '../fact/fact.ts';
import { contactState } from '../profile/fold-delivery.ts';
import type { Profile } from '../profile/profile.ts';
import { findSeen, isSeenBody } from '../profile/seen.ts';
import { hash48, hourOfWeek, localOffset } from './derive-event.ts';
import type { FeedbackInput } from './feedback-input.ts';

/** A report that names the customer alone is about the last message of its channel, at most this old: later answers are rare. */
const ANSWER_MS = 7 * 86_400_000;

export type FeedbackVerdict =
  | { readonly kind: 'accepted'; readonly fact: FeedbackFact }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'conflict' };

/**
 * From a report to the fact that it becomes. `ref` is the choice that its dispatch id or tracking token names; what names the
 * customer alone is about the last message that a channel had for them (lastMessage);
 * `isUnsent` says of one that it still waits in the outbox, where no channel ever saw it.
 */
export function deriveFeedback(
  profile: Profile,
  input: FeedbackInput,
  ref: ChoiceRef | undefined,
  now: number,
  zones: Zones,
  isUnsent: (ref: ChoiceRef) => boolean = () => false,
): FeedbackVerdict {
  const idHash = hash48(input.channel, input.id);
  const seen = findSeen(profile.seenFeedback, BOUNDS.seenFeedback, idHash, now);
  if (seen >= 0)
    return isSeenBody(profile.seenFeedback, seen, input) ? { kind: 'duplicate' } : { kind: 'conflict' };
  const at = Math.min(input.occurredAt, now);
  const channel = channelIndex(input.channel);
  const byIdentifiers = input.identifiers.length > 0;
  return {
    kind: 'accepted',
    fact: {
      kind: 'feedback',
      customer: profile.id,
      key: byIdentifiers ? profile.key : undefined,
      // One address that is gone says nothing of a message that went to all.
      ref: !byIdentifiers
        ? ref
        : input.kind === 'address_gone'
          ? undefined
          : lastMessage(profile, channel, at, isUnsent),
      channel,
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
      ...((input.kind === 'unsubscribed' || input.kind === 'complained') && { id: input.id }),
    },
  };
}

/** The newest message of the channel that may have gone out, at most ANSWER_MS before `at`; undefined: there is none. */
function lastMessage(
  { contacts }: Profile,
  channel: number,
  at: number,
  isUnsent: (ref: ChoiceRef) => boolean,
): ChoiceRef | undefined {
  for (let i = contacts.length - 1; i >= 0; i--) {
    const sentAt = contacts.at(i);
    if (sentAt < at - ANSWER_MS) return undefined;
    if (sentAt > at || contacts.channel(i) !== channel || !contacts.dispatched(i)) continue;
    if (NEVER_SENT.has(contacts.state(i))) continue;
    const { seq, index, choice } = contacts.get(i);
    const ref = { seq, index, choice };
    if (!isUnsent(ref)) return ref;
  }
  return undefined;
}

const NEVER_SENT: ReadonlySet<number> = new Set([
  contactState('rejected'),
  contactState('withdrawn'),
  contactState('expired'),
]);
