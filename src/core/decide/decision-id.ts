/** Names of decisions and dispatches: their place in the log, so that reading one is one direct look-up. */
import type { DecisionId, DispatchId } from '../../base/brand.ts';
import { murmur3, wordBase64Url } from '../../base/hash.ts';
import type { ChoiceRef } from '../fact/fact.ts';
import { isCustomerId } from '../identity/customer.ts';

export interface DecisionPlace {
  readonly generation: number;
  readonly shard: number;
  readonly seq: number;
  readonly index: number;
}

/** `generation-shard-sequence-index`, each in base 36. */
export function decisionId(place: DecisionPlace): DecisionId {
  return `${place.generation.toString(36)}-${place.shard.toString(36)}-${place.seq.toString(36)}-${place.index.toString(36)}` as DecisionId;
}

/** A decision's id and the number of the choice. */
export function dispatchId(place: DecisionPlace, choice: number): DispatchId {
  return `${decisionId(place)}-${choice.toString(36)}` as DispatchId;
}

/** As `toString(36)` writes a number and no other way: an id has one form, so that no altered one is taken for it. */
const part = /^(?:0|[1-9a-z][0-9a-z]{0,9})$/;
const CUSTOMER_CHARS = 22;
const CHECK_CHARS = 5;

/** The place that an id names; undefined when it is no id of ours. */
export function parseDecisionId(id: string): DecisionPlace | undefined {
  const parts = id.split('-');
  if (parts.length !== 4 || !parts.every((text) => part.test(text))) return undefined;
  const [generation, shard, seq, index] = parts.map((text) => Number.parseInt(text, 36)) as [
    number,
    number,
    number,
    number,
  ];
  return { generation, shard, seq, index };
}

export function parseDispatchId(id: string): (DecisionPlace & ChoiceRef) | undefined {
  const cut = id.lastIndexOf('-');
  const choice = id.slice(cut + 1);
  const place = cut < 0 || !part.test(choice) ? undefined : parseDecisionId(id.slice(0, cut));
  return place === undefined ? undefined : { ...place, choice: Number.parseInt(choice, 36) };
}

/**
 * Routes feedback without a look-up: the customer, a check of the whole, and the dispatch. Opaque to callers. The check tells of letters
 * that were lost, added or changed on the way; it is no secret and proves nobody's right to report. What goes into a message is signed
 * besides (`signedText`), since a click on its link says whose browser it is.
 */
export function trackingToken(customer: string, place: DecisionPlace, choice: number): string {
  return `${customer}${trackingCheck(customer, place, choice)}.${dispatchId(place, choice)}`;
}

/** Five letters, 30 bits. */
export function trackingCheck(customer: string, place: DecisionPlace, choice: number): string {
  const { generation, shard, seq, index } = place;
  const seed = [generation, shard, seq, seq / 0x1_0000_0000, index, choice].reduce(mixed, 0);
  return wordBase64Url(murmur3(customer, seed));
}

function mixed(seed: number, number: number): number {
  return Math.imul((seed ^ (seed >>> 15)) + 1, 0x9e37_79b1) ^ Math.imul(number, 0x85eb_ca6b);
}

/** How a token that may identify somebody is signed: `text` is all of it before the signature. */
export interface TokenSignature {
  readonly text: string;
  /** 96 bits in base64url. */
  readonly mac: string;
  /** When it was handed out, ms since 1970, down to the hour. */
  readonly issuedAt: number;
}

export interface Tracking {
  readonly customer: string;
  readonly dispatch: DecisionPlace & ChoiceRef;
  /** False for a token of 0.2.0, which has no check: whether it names what it says, only the decision can tell. */
  readonly isChecked: boolean;
  /** Undefined: it routes feedback and identifies nobody. Whether it is right only who has the key can tell. */
  readonly signature: TokenSignature | undefined;
}

const MAC_CHARS = 16;
const HOUR_MS = 3_600_000;

/** What is signed of a token that was handed out at `at`: the token, and the hour. The signature goes behind it, after a full stop. */
export function signedText(token: string, at: number): string {
  return `${token}.${Math.floor(at / HOUR_MS).toString(36)}`;
}

/** What a token names; undefined when it is none of ours, or not as it was given out. */
export function parseTracking(token: string): Tracking | undefined {
  const [head, dispatch, hour, mac] = token.split('.', 5);
  if (hour === undefined) return parsePlain(token, undefined);
  if (mac === undefined || !part.test(hour) || mac.length !== MAC_CHARS) return undefined;
  const text = `${head}.${dispatch}.${hour}`;
  // Nothing behind it, and nothing that is read otherwise than it stands.
  if (token.length !== text.length + 1 + MAC_CHARS) return undefined;
  const issuedAt = Number.parseInt(hour, 36) * HOUR_MS;
  const plain = parsePlain(`${head}.${dispatch}`, { text, mac, issuedAt });
  return plain?.isChecked === true ? plain : undefined;
}

function parsePlain(token: string, signature: TokenSignature | undefined): Tracking | undefined {
  const cut = token.indexOf('.');
  const isChecked = cut === CUSTOMER_CHARS + CHECK_CHARS;
  const dispatch = isChecked || cut === CUSTOMER_CHARS ? parseDispatchId(token.slice(cut + 1)) : undefined;
  const customer = token.slice(0, CUSTOMER_CHARS);
  if (dispatch === undefined || !isCustomerId(customer)) return undefined;
  if (isChecked && token.slice(CUSTOMER_CHARS, cut) !== trackingCheck(customer, dispatch, dispatch.choice))
    return undefined;
  return { customer, dispatch, isChecked, signature };
}
