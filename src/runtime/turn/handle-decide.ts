import type { IdentifierKey } from '../../base/brand.ts';
import { murmur3 } from '../../base/hash.ts';
import { decodeProfile, encodeProfile } from '../../codec/stored/profile-codec.ts';
import { channelIndex } from '../../core/channel.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import { deriveEvent, hash48, localOffset, unknownZone } from '../../core/event/derive-event.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { type EventWarning, joinWarnings, warning, warningsWithin } from '../../core/event/event-warning.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { findDecide, isSeenBody, seenPlace } from '../../core/profile/seen.ts';
import type { PublishOutcome, Refusal } from '../../port/customers.ts';
import type { Actor } from '../shard/actor.ts';
import { applyEvent, currencyFault } from './handle-event.ts';
import { silenceNew } from './handle-forget.ts';
import { comesByClaimed, isRecalled, ON_ITS_WAY } from './handle-recall.ts';
import { type DecideRequest, invalid, refusal } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

/** A caller asks: the events that come along first, then the candidates; a retry gets the stored answer. */
export function handleDecide(turn: TurnScope, request: DecideRequest, actor: Actor): void {
  const { input } = request;
  const { runtime } = turn;
  if (turn.env === undefined) {
    return turn.reply(
      request,
      refusal('precondition', 'no policy is in force: apply one first (attune policy apply)'),
    );
  }
  const requestHash = hash48('decide', input.requestId);
  const seenDecides = actor.profile.seenDecides;
  const seen = findDecide(seenDecides, requestHash, turn.now);
  if (seen >= 0 && !input.dryRun) {
    if (!isSeenBody(seenDecides, seen, input)) {
      return turn.reply(
        request,
        refusal('already_exists', `request_id "${input.requestId}" was used before with another body`),
      );
    }
    const place = seenPlace(seenDecides, seen);
    return turn.decisions.repeat(request, place.seq, place.index);
  }
  if (isRecalled(turn, request, actor)) return;
  const profile = input.dryRun ? decodeProfile(encodeProfile(actor.profile)) : actor.profile;
  const fault = eventsFault(turn, profile, input.events);
  if (fault !== undefined) return turn.reply(request, fault);
  if (!input.dryRun) silenceNew(turn, request, actor);
  const zone = Number.isNaN(localOffset(input.timeZone, turn.now, runtime.zones)) ? '' : input.timeZone;
  let warnings = joinWarnings(input.warnings, contextWarnings(input, zone));
  for (const [i, event] of input.events.entries()) {
    const odd = input.dryRun
      ? applyDry(turn, profile, profile.key, event)
      : warningsOf(applyEvent(turn, actor, request, event));
    if (odd !== undefined) warnings = joinWarnings(warnings, warningsWithin(`events[${i}]`, odd));
  }
  if (actor.profile.claims.length > 0 && !input.dryRun && request.hasWaited === undefined) {
    // Decided with all that is on its way to the customer; the events are in the log, and are not told again.
    const waiting = { ...input, events: [], ...(warnings !== undefined && { warnings }) };
    return turn.waitForLinks({ ...request, input: waiting }, actor.profile.id);
  }
  if (!input.dryRun && comesByClaimed(request, actor.profile)) return turn.reply(request, ON_ITS_WAY);
  turn.propose({
    ...{ request, actor, profile, isDry: input.dryRun, warnings },
    ask: {
      requestId: input.requestId,
      requestHash,
      bodyHash: input.bodyHash,
      cause: '',
      trigger: input.asTrigger ?? -1,
      friction: input.asTrigger === undefined ? 0 : (profile.checkout?.friction ?? 0),
      plan: undefined,
      placements: input.placements,
      dispatch: input.dispatch,
      isProvisional: request.isProvisional === true,
      contextChannel: input.channel === '' ? profile.session.channel : channelIndex(input.channel),
      zone,
      recorded: undefined,
      locale: input.locale === '' ? profile.locale : input.locale,
      device: input.device,
      alternativesMax: input.alternativesMax,
      // A dry run must not move the seeds of real decisions.
      seedA: input.dryRun ? murmur3(input.requestId) : runtime.rng.uint32(),
      seedB: input.dryRun ? 1 : runtime.rng.uint32(),
    },
  });
}

/** One event of a dry run, folded into a copy; what is odd about it. */
function applyDry(
  turn: TurnScope,
  profile: Profile,
  key: IdentifierKey,
  event: EventInput,
): readonly EventWarning[] | undefined {
  const verdict = deriveEvent(profile, key, event, turn.setting);
  if (verdict.kind !== 'accepted') return undefined;
  fold(profile, verdict.fact, turn.sequence, 0);
  return verdict.warnings;
}

function warningsOf(outcome: PublishOutcome): readonly EventWarning[] | undefined {
  return outcome.kind === 'refused' ? undefined : outcome.warnings;
}

/** All or nothing: an event that cannot be folded refuses the request before anything is folded. */
function eventsFault(turn: TurnScope, profile: Profile, events: readonly EventInput[]): Refusal | undefined {
  for (let i = 0; i < events.length; i++) {
    const verdict = deriveEvent(profile, profile.key, events[i] as EventInput, turn.setting);
    if (verdict.kind === 'conflict')
      return refusal('already_exists', `events[${i}].id was sent before with another body`);
    if (verdict.kind === 'too_old')
      return refusal('out_of_range', `events[${i}].occurred_at is too old and the event is not historical`);
    if (verdict.kind === 'too_new') {
      return invalid(
        `events[${i}].occurred_at`,
        'event.in_future',
        String(events[i]?.occurredAt),
        `events[${i}].occurred_at lies ahead of the service's clock`,
      );
    }
    if (verdict.kind === 'no_rate') {
      const { currency } = verdict;
      const field = `events[${i}].currency`;
      return invalid(field, 'event.currency', currency, `${field}: ${currencyFault(currency, turn.setting)}`);
    }
    // Of two with one id the first is not in the profile yet.
    const { id, source, bodyHash } = events[i] as EventInput;
    for (let j = 0; j < i; j++) {
      const other = events[j] as EventInput;
      if (other.id === id && other.source === source && other.bodyHash !== bodyHash)
        return refusal(
          'already_exists',
          `events[${i}].id is that of events[${j}], which says something else`,
        );
    }
  }
  return undefined;
}

/** What the context says and nobody knows: a zone, or a channel. `zone`: what was understood of it. */
function contextWarnings(
  { timeZone, channel }: DecideInput,
  zone: string,
): readonly EventWarning[] | undefined {
  const odd = zone === timeZone ? undefined : unknownZone(timeZone);
  if (channel === '' || channelIndex(channel) >= 0) return odd;
  const sentence = '`context.channel` names no channel; it counts as not known.';
  return joinWarnings(odd, [warning('context.channel', 'event.channel', channel, sentence)]);
}
