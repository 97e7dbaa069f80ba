import type { IdentifierKey } from '../../base/brand.ts';
import { channelIndex } from '../../core/channel.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type { ChoiceRef } from '../../core/fact/fact.ts';
import { keyOf } from '../../core/identity/customer.ts';
import type { IdentifierRule } from '../../core/identity/identifier-rule.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { lastSeen } from '../../core/profile/devices.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Refusal } from '../../port/customers.ts';
import { invalid } from '../turn/request.ts';

export type GoneAddress = { readonly kind: 'key'; readonly key: IdentifierKey } | Refusal;

/**
 * The address that a report says is gone: the one that it names, or where it names a message (`ref`) the customer's only one on the channel, unless that
 * was seen with them after the message was sent: it may have come in the place of the one that the message went to. It must be a device's, because
 * a person's own key stays theirs whatever becomes of their mail box. Undefined: the report is another one.
 */
export function goneAddress(
  input: FeedbackInput,
  ref: ChoiceRef | undefined,
  profile: Profile,
  policy: Policy | undefined,
  rules: readonly IdentifierRule[],
): GoneAddress | undefined {
  if (input.kind !== 'address_gone') return undefined;
  const channel = channelIndex(input.channel);
  const reach = policy?.channels.find(({ index }) => index === channel)?.reachableBy ?? [];
  const isDevice = (kind: string): boolean => rules.some((rule) => rule.isDevice && rule.kind === kind);
  const kinds = reach.filter(isDevice);
  if (kinds.length === 0) {
    const sentence = `kind is ADDRESS_GONE, which is for keys of devices, and none of them is in reachable_by of ${input.channel}: report a dead address as BOUNCED_HARD`;
    return invalid('kind', 'feedback.address', 'ADDRESS_GONE', sentence);
  }
  const named = input.identifiers.find(({ kind }) => kinds.includes(kind));
  if (named !== undefined) return { kind: 'key', key: keyOf(named) };
  const known = profile.identifiers.filter(({ kind }) => kinds.includes(kind));
  const [only] = known;
  if (input.identifiers.length === 0 && only !== undefined && known.length === 1) {
    const key = keyOf(only);
    if (lastSeen(profile, key).at <= sentAt(profile, ref)) return { kind: 'key', key };
    const sentence = `identifiers must name the address that is gone (${kinds.join(', ')}): the only one of the customer was seen with them after the message was sent`;
    return invalid('identifiers', 'feedback.address', '', sentence);
  }
  const sentence = `identifiers must name the address that is gone (${kinds.join(', ')}): the customer has ${known.length} of them`;
  return invalid('identifiers', 'feedback.address', '', sentence);
}

/** Long ago where the message fell out of the contact ledger: nobody knows then what came after it. */
function sentAt({ contacts }: Profile, ref: ChoiceRef | undefined): number {
  const place = ref === undefined ? -1 : contacts.find(ref);
  return place < 0 ? Number.NEGATIVE_INFINITY : contacts.at(place);
}
