import type { IdentifierKey } from '../../base/brand.ts';
import { LIMITS } from '../../config/limits.ts';
import { eventConsequences } from '../../core/event/consequences.ts';
import { deriveEvent, type EventSetting, type EventVerdict } from '../../core/event/derive-event.ts';
import { timeOf } from '../../core/event/device-clock.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { eventMeaning } from '../../core/event/event-name.ts';
import { joinWarnings } from '../../core/event/event-warning.ts';
import { orderConsequences } from '../../core/event/order-consequences.ts';
import type { PublishOutcome } from '../../port/customers.ts';
import type { Actor } from '../shard/actor.ts';
import { claimKeys } from './claim-keys.ts';
import { enrol } from './enrol.ts';
import { silenceNew } from './handle-forget.ts';
import { leaveAudiences } from './leave-audiences.ts';
import { type DecideRequest, type EventRequest, invalid, type LinkRequest, refusal } from './request.ts';
import { accepted, duplicate, type TurnScope } from './turn-scope.ts';

export function handleEvent(turn: TurnScope, request: EventRequest, actor: Actor): void {
  const outcome = applyEvent(turn, actor, request, request.input);
  if (outcome.kind !== 'refused' && actor.profile.claims.length > 0 && request.input.identifiers.length > 1)
    turn.replyWhenLinked(request, outcome, actor.profile.id);
  else turn.reply(request, outcome);
}

/** The key by which the customer was met: it may have led elsewhere. That of a browser which only a link ties to them is none of theirs. */
export function metBy({ via, to, isProvisional }: EventRequest | DecideRequest | LinkRequest): IdentifierKey {
  return via?.[isProvisional ? 1 : 0] ?? to.key;
}

/** Of one that came by a customer's id alone: their own key. */
function keyMet(request: EventRequest | DecideRequest, { profile }: Actor): IdentifierKey {
  return metBy(request) ?? profile.key;
}

/** One event: verdict, fact, consequences. */
export function applyEvent(
  turn: TurnScope,
  actor: Actor,
  request: EventRequest | DecideRequest,
  input: EventInput,
): PublishOutcome {
  const verdict = deriveEvent(actor.profile, actor.profile.key, input, turn.setting);
  switch (verdict.kind) {
    case 'duplicate':
      // An order that was told before may be told by somebody who knows other keys of the customer.
      if (!request.isProvisional)
        claimKeys(turn, actor, input, keyMet(request, actor), timeOfRepeat(input, turn.now));
      return duplicate;
    case 'conflict':
      return refusal(
        'already_exists',
        `event id "${input.id}" of source "${input.source}" was sent before with another body`,
      );
    case 'too_old':
      return refusal(
        'out_of_range',
        `occurred_at is ${Math.round(verdict.ageMs / 1000)} s old; at most ${LIMITS.eventAgeMsMax / 1000} s unless historical is set`,
      );
    case 'too_new':
      return invalid(
        'occurred_at',
        'event.in_future',
        String(input.occurredAt),
        `occurred_at is ${Math.round(verdict.aheadMs / 1000)} s ahead of the service's clock; at most ${LIMITS.eventAheadMsMax / 1000} s`,
      );
    case 'no_rate':
      return invalid(
        'currency',
        'event.currency',
        verdict.currency,
        currencyFault(verdict.currency, turn.setting),
      );
    case 'accepted':
      return take(turn, actor, { request, input }, verdict);
  }
}

function take(
  turn: TurnScope,
  actor: Actor,
  { request, input }: { readonly request: EventRequest | DecideRequest; readonly input: EventInput },
  { fact, warnings, isSilent }: Extract<EventVerdict, { kind: 'accepted' }>,
): PublishOutcome {
  const { policy, zones } = turn.runtime;
  const met = keyMet(request, actor);
  silenceNew(turn, request, actor);
  turn.apply(actor, met === actor.profile.key ? fact : { ...fact, origin: met });
  // A browser that only a link ties to the customer brings them no keys.
  const unclaimed = request.isProvisional
    ? undefined
    : claimKeys(turn, actor, input, met, timeOf(input, turn.now).at);
  const unfired = eventConsequences(
    actor.profile,
    fact,
    policy,
    turn.now,
    zones,
    (further) => void turn.apply(actor, further),
  );
  if (turn.env !== undefined && eventMeaning(fact.name).kind === 'order')
    orderConsequences(actor.profile, turn.env, (further) => void turn.apply(actor, further));
  enrol(turn, actor);
  leaveAudiences(turn, actor);
  if (isSilent) return duplicate;
  const odd = joinWarnings(joinWarnings(warnings, unclaimed), unfired);
  return odd.length === 0 ? accepted : { kind: 'accepted', warnings: odd };
}

/** A clock that is put right by when it was heard of says another time with every repeat. */
function timeOfRepeat(input: EventInput, now: number): number | undefined {
  const { at } = timeOf(input, now);
  return at === input.occurredAt ? at : undefined;
}

export function currencyFault(given: string, { currency, rates }: EventSetting): string {
  const known = [currency, ...[...rates.keys()].sort()].join(', ');
  return `no rate is known for ${given}: send amounts in ${known}, or add its rate to \`rates\` in policy.yaml`;
}
