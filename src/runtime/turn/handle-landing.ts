/** Browsers that follow a link in a message, and the customers who are asked for its token. */
import type { CustomerId } from '../../base/brand.ts';
import { BOUNDS } from '../../core/bounds.ts';
import { type EventWarning, joinWarnings, warningsWithin } from '../../core/event/event-warning.ts';
import { BROWSER_KIND, staysWithBrowser } from '../../core/event/landing-token.ts';
import { findSpent, remembered, standsFor } from '../../core/profile/landing.ts';
import type { SpendAnswer } from '../../port/peers.ts';
import { isOnlyBrowser, isTheirs, refusalOf, tracks } from '../identity/landing.ts';
import type { LandingRequest } from '../identity/landings.ts';
import type { Actor } from '../shard/actor.ts';
import { silenceNew } from './handle-forget.ts';
import type { Request, SpendRequest } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

/** What a turn does with a request of a browser that has landed. */
export type LandingStep =
  | { readonly kind: 'goes on'; readonly request: LandingRequest }
  /** The customer of the token has to be asked first. */
  | { readonly kind: 'asks' }
  /** The browser stands for the customer from this record on. */
  | { readonly kind: 'linked'; readonly request: LandingRequest };

/** `request.landing` is there. */
export function land(turn: TurnScope, request: LandingRequest, actor: Actor): LandingStep {
  const { profile } = actor;
  const { landing, spend } = request;
  if (landing === undefined) return { kind: 'goes on', request };
  const known = { ...landing, why: 'browser_known' as const };
  if (isTheirs(profile, landing)) return { kind: 'goes on', request: settled(request) };
  // It was led here by a key that belongs to this customer, or stands for them.
  if (request.via !== undefined || !isOnlyBrowser(profile))
    return { kind: 'goes on', request: told(request, tracks(known.token, known.why)) };
  // Whom it stands for says whether that is the customer of the token.
  if (standsFor(profile, turn.now) !== undefined) return { kind: 'goes on', request };
  if (spend === undefined) return { kind: 'asks' };
  if (spend.kind !== 'linked')
    return { kind: 'goes on', request: told(request, tracks(landing.token, refusalOf(spend))) };
  const { id: customer, key } = profile;
  const until = turn.now + BOUNDS.provisionalMs;
  // Whom the message went to, and not who took them in since: an Unlink may part the two again.
  const to = landing.customer as CustomerId;
  silenceNew(turn, request, actor);
  turn.apply(actor, { kind: 'provisional', customer, key, to, at: turn.now, until });
  return { kind: 'linked', request: settled(request) };
}

/** Nothing is known any more of the customer for whom the browser stood. */
export function letGo(turn: TurnScope, actor: Actor): void {
  const { id: customer, key, provisional } = actor.profile;
  if (provisional === undefined || turn.now >= provisional.until) return;
  turn.apply(actor, {
    kind: 'provisional',
    customer,
    key,
    to: provisional.to,
    at: turn.now,
    until: turn.now,
  });
}

/** Whether a request of a browser that a link ties to a customer is about that customer: what it does, and what it is to be shown. */
export function isAboutLinked(request: Request): request is LandingRequest {
  if (request.kind === 'event')
    return !staysWithBrowser(request.input) && request.input.identifiers.every(isBrowsers);
  if (request.kind !== 'decide') return false;
  const { identifiers, events } = request.input;
  return (
    identifiers.every(isBrowsers) &&
    events.every((event) => !staysWithBrowser(event) && event.identifiers.every(isBrowsers))
  );
}

function isBrowsers({ kind }: { readonly kind: string }): boolean {
  return kind === BROWSER_KIND;
}

/** The token has said what it had to say. */
function settled({ landing: _, spend: __, ...request }: LandingRequest): LandingRequest {
  return request as LandingRequest;
}

function told(request: LandingRequest, odd: EventWarning): LandingRequest {
  const plain = settled(request);
  if (plain.kind === 'event') {
    const warnings = joinWarnings(plain.input.warnings, [odd]);
    return { ...plain, input: { ...plain.input, warnings } };
  }
  const warnings = joinWarnings(
    plain.input.warnings,
    warningsWithin(`events[${request.landingAt ?? 0}]`, [odd]),
  );
  return { ...plain, input: { ...plain.input, warnings } };
}

/** A browser asks for the token of a message of this customer: it is given to one, as often as that one asks. */
export function handleSpend(turn: TurnScope, request: SpendRequest, actor: Actor): void {
  const { profile } = actor;
  const { ref, browser } = request;
  const spent = findSpent(profile, ref);
  const linked: SpendAnswer = { kind: 'linked' };
  if (spent !== undefined) return turn.reply(request, spent.browser === browser ? linked : { kind: 'spent' });
  if (remembered(profile, turn.now).length >= BOUNDS.spentTokens)
    return turn.reply(request, { kind: 'many' });
  turn.apply(actor, { kind: 'token-spent', customer: profile.id, ref, browser, at: turn.now });
  turn.reply(request, linked);
}
