/** Whether the token of a landing event may identify a browser at all: what can be told of the token and the event alone. */
import { BOUNDS } from '../../core/bounds.ts';
import { parseTracking } from '../../core/decide/decision-id.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { type EventWarning, joinWarnings, warning } from '../../core/event/event-warning.ts';
import {
  BROWSER_KIND,
  type Landing,
  type LandingToken,
  landingTokenOf,
} from '../../core/event/landing-token.ts';
import type { ChoiceRef } from '../../core/fact/fact.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { SpendAnswer } from '../../port/peers.ts';
import type { SecretKeys } from '../../port/secret-keys.ts';
import { type DatedShard, isOfItsLife, refFor } from '../delivery/named-dispatch.ts';
import { isGenuine } from '../delivery/signed-token.ts';
import type { Runtime } from '../runtime.ts';

/** What knows the keys and all shards of the service. */
export interface LandingService {
  readonly runtime: Pick<Runtime, 'keys' | 'clock' | 'erasures'>;
  readonly doors: readonly DatedShard[];
}

interface LandingSetting {
  readonly keys: SecretKeys;
  readonly erasures: Pick<Runtime['erasures'], 'erasedAt'>;
  /** Of the whole service. */
  readonly shards: readonly DatedShard[];
  readonly now: number;
}

/** An event with what its token says: whose browser it is, if nobody knows better, or a warning. */
export function landedEvent(
  { runtime, doors: shards }: LandingService,
  event: EventInput,
): { readonly event: EventInput; readonly landing?: Landing } {
  const { keys, erasures, clock } = runtime;
  const found = landingOf(event, { keys, erasures, shards, now: clock.now() });
  if (found === undefined) return { event };
  if ('token' in found) return { event, landing: found };
  return { event: { ...event, warnings: joinWarnings(event.warnings, [found]) } };
}

/** Undefined: the event carries no token. A warning: why it identifies nobody. */
function landingOf(event: EventInput, setting: LandingSetting): Landing | EventWarning | undefined {
  const token = landingTokenOf(event);
  if (token === undefined) return undefined;
  const tracking = parseTracking(token.token);
  if (tracking === undefined || !isGenuine(setting.keys, tracking)) return tracks(token, 'forged');
  const { customer, dispatch, signature } = tracking;
  if (signature === undefined) return tracks(token, 'unsigned');
  if (token.isMachine) return tracks(token, 'machine');
  const shard = setting.shards[dispatch.shard];
  const isKept = shard !== undefined && isOfItsLife(shard, dispatch);
  if (event.historical || !isKept || setting.now - signature.issuedAt >= BOUNDS.tokenMs)
    return tracks(token, 'expired');
  // Down to the hour. Whoever comes by the customer's key since is somebody new, and remembers no token.
  if (setting.erasures.erasedAt(customer) >= signature.issuedAt) return tracks(token, 'nobody');
  if (event.identifiers.some(({ kind }) => kind !== BROWSER_KIND)) return tracks(token, 'browser_known');
  const ref = refFor(customer, dispatch, dispatch, setting.shards.length) as ChoiceRef;
  const { seq, index, choice } = ref;
  return { customer, ref: { seq, index, choice }, token };
}

const SENTENCES = {
  forged: 'is no token of this service, or not as it was handed out (a long address may have been cut)',
  unsigned: 'is a token of a treatment that went to no address of the customer; it routes feedback only',
  machine: 'was followed by a machine, as the event says',
  expired: `was handed out more than ${BOUNDS.tokenMs / 86_400_000} days ago, or names a message that is not kept any more`,
  spent: 'has identified another browser before; a message that was passed on identifies nobody',
  browser_known: 'is not needed: the browser is known to be somebody, as this event or an earlier one said',
  many: `is one of more than ${BOUNDS.spentTokens} of this customer within ${BOUNDS.tokenMs / 86_400_000} days`,
  nobody: 'is of a customer of whom nothing is known any more',
} as const;

/** Why a token links nobody; the event counts all the same. */
export function tracks({ token, field }: LandingToken, why: keyof typeof SENTENCES): EventWarning {
  const sentence = `\`${field}\` ${SENTENCES[why]}; nobody was linked.`;
  return warning(field, `tracking.${why}`, token, sentence);
}

/** The rule of an answer that links nobody. */
export function refusalOf(answer: Exclude<SpendAnswer, { kind: 'linked' }>): keyof typeof SENTENCES {
  return answer.kind;
}

/** Whether the customer of the token is this one, under whichever of their keys the message went out. */
export function isTheirs({ id, identifiers }: Profile, { customer }: Landing): boolean {
  return id === customer || identifiers.some(({ kind, value }) => addresseeOf(kind, value).id === customer);
}

/** Nothing says who uses it: it has no key but those that browsers have by themselves, and none on its way. */
export function isOnlyBrowser({ identifiers, claims }: Profile): boolean {
  return claims.length === 0 && identifiers.every(({ kind }) => kind === BROWSER_KIND);
}
