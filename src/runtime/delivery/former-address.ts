import { channelIndex } from '../../core/channel.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Refusal } from '../../port/customers.ts';
import { invalid } from '../turn/request.ts';

/**
 * Refuses a bounce that names an address in whose place the customer has given a newer one since: it says nothing of the new one.
 * Undefined: it names no address, or the newest of its kind.
 */
export function formerAddress(
  input: FeedbackInput,
  { identifiers }: Profile,
  policy: Policy | undefined,
): Refusal | undefined {
  if (input.kind !== 'bounced_hard' && input.kind !== 'bounced_soft') return undefined;
  const channel = channelIndex(input.channel);
  const kinds = policy?.channels.find(({ index }) => index === channel)?.reachableBy ?? [];
  let former = -1;
  for (const [i, given] of input.identifiers.entries()) {
    if (!kinds.includes(given.kind)) continue;
    const known = identifiers.filter(({ kind }) => kind === given.kind);
    const place = known.findIndex(({ value }) => value === given.value);
    if (place >= 0 && place === known.length - 1 && known.length > 1) return undefined;
    if (place >= 0 && place < known.length - 1) former = i;
  }
  if (former < 0) return undefined;
  const { kind } = input.identifiers[former] as FeedbackInput['identifiers'][number];
  const sentence = `identifiers[${former}] is an address (${kind}) in whose place the customer has given a newer one: a bounce there says nothing of the new one`;
  return invalid(`identifiers[${former}]`, 'feedback.former_address', kind, sentence);
}
