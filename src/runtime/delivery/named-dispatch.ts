import { CHANNELS, channelIndex } from '../../core/channel.ts';
import { type DecisionPlace, parseDispatchId, parseTracking } from '../../core/decide/decision-id.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type { ChoiceRef, DecisionFact, FeedbackKind } from '../../core/fact/fact.ts';
import { hashOfId } from '../../core/identity/customer.ts';
import { movedSeq } from '../../core/identity/home-seq.ts';
import type { Refusal } from '../../port/customers.ts';
import type { SecretKeys } from '../../port/secret-keys.ts';
import { invalid, refusal } from '../turn/request.ts';
import { isGenuine } from './signed-token.ts';

/** Tells in which life of the data a record of a shard was written. */
export interface DatedShard {
  decisionRef(seq: number, index: number): DecisionPlace;
}

/** A dispatch by the name that a channel system has for it. */
export interface NamedDispatch {
  readonly kind: 'named';
  readonly place: DecisionPlace;
  readonly ref: ChoiceRef;
  /** Undefined where only the decision can tell. */
  readonly customer: string | undefined;
  /** The customer is named beyond doubt, so that the decision need not be asked. */
  readonly isSure: boolean;
}

const REFUSALS: ReadonlySet<FeedbackKind> = new Set(['unsubscribed', 'complained']);

/** The dispatch that feedback names by its tracking token or dispatch id; one of both is given. */
export function dispatchOf(input: FeedbackInput, keys: SecretKeys): NamedDispatch | Refusal {
  if (input.tracking === '') {
    const parsed = parseDispatchId(input.dispatchId);
    return parsed === undefined ? notOurs(input.dispatchId) : namedDispatch(parsed, undefined, false);
  }
  const parsed = parseTracking(input.tracking);
  if (parsed === undefined) return notOurToken(input.tracking);
  const genuine = isGenuine(keys, parsed);
  // The key that signed it may be gone: a refusal is heard all the same, where the decision bears it out.
  if (!genuine && !REFUSALS.has(input.kind)) return notOurToken(input.tracking);
  return namedDispatch(parsed.dispatch, parsed.customer, genuine && parsed.isChecked);
}

function namedDispatch(
  place: DecisionPlace & ChoiceRef,
  customer: string | undefined,
  isSure: boolean,
): NamedDispatch {
  const { seq, index, choice } = place;
  return { kind: 'named', place, ref: { seq, index, choice }, customer, isSure };
}

/**
 * Whose treatment the feedback is about, as its decision says. `fact` undefined: the decision is lost or expired, and only a token
 * says it still.
 */
export function customerMeant(
  input: FeedbackInput,
  { customer, ref }: NamedDispatch,
  fact: DecisionFact | undefined,
): { readonly kind: 'found'; readonly customer: string } | Refusal {
  if (fact === undefined && customer !== undefined) return { kind: 'found', customer };
  const choice = fact?.choices[ref.choice];
  if (fact === undefined || choice?.kind !== 'treatment' || (customer ?? fact.customer) !== fact.customer)
    return customer === undefined ? unknownDispatch(input.dispatchId) : notOurToken(input.tracking);
  return otherChannel(input, choice.channel) ?? { kind: 'found', customer: fact.customer };
}

/** Refuses feedback whose treatment was for another channel than the one that reports; undefined where it is the same. */
export function otherChannel(input: FeedbackInput, channel: number): Refusal | undefined {
  if (channel === channelIndex(input.channel)) return undefined;
  const [field, value] =
    input.tracking === '' ? ['dispatch_id', input.dispatchId] : ['tracking', input.tracking];
  const sentence = `${field} names a treatment for the channel "${CHANNELS[channel] ?? ''}", and "${input.channel}" reports it`;
  return invalid(field, 'feedback.other_channel', value, sentence);
}

/** A choice as the customer's own shard calls it, who may have brought it along from another one. */
export function refFor(
  customer: string,
  { shard }: DecisionPlace,
  ref: ChoiceRef | undefined,
  shards: number,
): ChoiceRef | undefined {
  return ref && { ...ref, seq: movedSeq(ref.seq, shard, hashOfId(customer) % shards) };
}

/** False for what was named before the data lost its end: another decision may stand in that place now. */
export function isOfItsLife(shard: DatedShard, place: DecisionPlace): boolean {
  return shard.decisionRef(place.seq, place.index).generation === place.generation;
}

export function unknownDispatch(dispatchId: string): Refusal {
  return refusal('not_found', `dispatch_id "${dispatchId}" is unknown or expired`);
}

/** Of a dispatch id that this service cannot have given. */
export function notOurs(dispatchId: string): Refusal {
  const sentence = `dispatch_id "${dispatchId}" is not one of ours`;
  return invalid('dispatch_id', 'dispatch_id', dispatchId, sentence);
}

/** Of a dispatch that a system of another channel answers. */
export function ofOtherChannel(dispatchId: string, channel: number, by: number): Refusal {
  const sentence = `dispatch_id names a dispatch of the channel "${CHANNELS[channel] ?? ''}", and a system of "${CHANNELS[by] ?? ''}" answers it`;
  return invalid('dispatch_id', 'dispatch.other_channel', dispatchId, sentence);
}

/** Of a tracking token that this service cannot have given, or that is not as it was given. */
function notOurToken(tracking: string): Refusal {
  return invalid('tracking', 'tracking', tracking, 'tracking is not a token of ours');
}
