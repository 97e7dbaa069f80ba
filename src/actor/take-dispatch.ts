import { LIMITS, PACES } from '../config/limits.ts';
import { recheck } from '../core/ledger/recheck.ts';
import { findContact } from '../core/profile/contact.ts';
import type { Actor } from './actor.ts';
import { wantsHand } from './dispatcher.ts';
import { type AnswerRequest, type HandRequest, refusal } from './request.ts';
import { accepted, duplicate, type TurnScope } from './turn-scope.ts';

/** What a channel system says of a dispatch that it was handed. */
export function takeAnswer(turn: TurnScope, request: AnswerRequest, actor: Actor): void {
  const entry = turn.shard.outbox.get(request.ref);
  const known = findContact(actor.profile, request.ref) !== undefined;
  if (!known) return turn.settle(request, refusal('not_found', 'this dispatch is unknown or too old'));
  if (entry === undefined && (request.state === 'accepted' || request.state === 'rejected')) {
    return turn.settle(request, duplicate);
  }
  const attempts = entry?.attempt ?? 0;
  const again = request.state === 'rejected' && request.retryable && attempts < LIMITS.dispatchAttemptsMax;
  const wait = Math.max(
    request.retryAfterMs,
    Math.min(PACES.dispatchRetryMsMax, PACES.dispatchRetryMs * 2 ** Math.max(0, attempts - 1)),
  );
  turn.emit(actor, {
    kind: 'delivery',
    customer: actor.profile.id,
    ref: request.ref,
    state: request.state,
    retryable: again,
    retryAt: again ? turn.now + wait : 0,
    at: turn.now,
  });
  turn.settle(request, accepted);
}

/** A dispatch that waits for its channel: expired, no longer allowed, not now, or handed over (again). */
export function takeHand(turn: TurnScope, request: HandRequest, actor: Actor): void {
  const { shard } = turn;
  const entry = shard.outbox.get(request.ref);
  turn.settle(request, accepted);
  if (entry === undefined) return;
  const customer = actor.profile.id;
  if (entry.choice.notAfter <= turn.now) {
    // Handed over without an answer counts as sent; never handed over never happened.
    const state = entry.attempt === 0 ? 'expired' : 'accepted';
    turn.emit(actor, {
      kind: 'delivery',
      customer,
      ref: entry.ref,
      state,
      retryable: false,
      retryAt: 0,
      at: turn.now,
    });
    return;
  }
  // The decision's own push, or another request like this one, was quicker: a channel has it, and its patience is not over.
  if (!wantsHand(entry, turn.now)) return;
  const { env } = turn;
  if (env === undefined) return;
  const verdict = recheck(actor.profile, entry.ref, env);
  if (verdict.kind === 'wait') {
    entry.nextAt = verdict.until;
    return;
  }
  if (verdict.kind === 'never') {
    turn.emit(actor, { kind: 'withdraw', customer, ref: entry.ref, reason: verdict.reason, at: turn.now });
    return;
  }
  if (entry.attempt >= LIMITS.dispatchAttemptsMax) return;
  const { hub } = shard.runtime;
  const { channel } = entry.choice;
  if (!hub.reserve(channel)) {
    // Others took the credit while it stood in the mailbox: the next credit may have it at once.
    entry.nextAt = 0;
    return;
  }
  const attempt = entry.attempt + 1;
  try {
    turn.emit(actor, { kind: 'handed', customer, ref: entry.ref, attempt, at: turn.now });
  } catch (fault) {
    hub.release(channel);
    throw fault;
  }
  turn.push(entry, attempt);
}
