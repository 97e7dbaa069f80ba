import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { type LateContent, lateContent } from '../../core/ledger/late-content.ts';
import { recheck } from '../../core/ledger/recheck.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';
import { pauseRef } from '../../core/pause/pause.ts';
import { findContact } from '../../core/profile/contact.ts';
import { type ReasonCode, reasonCode } from '../../core/reason.ts';
import { isAttemptDue, pauseOfEntry } from '../delivery/dispatcher.ts';
import type { Actor } from '../shard/actor.ts';
import { leaveAudiences } from './leave-audiences.ts';
import { type AttemptRequest, type ReceiptRequest, refusal } from './request.ts';
import { accepted, duplicate, type TurnScope } from './turn-scope.ts';

type SaidLate = Extract<LateContent, { kind: 'says' }>;

/** What a channel system says of a dispatch that it was handed. */
export function handleReceipt(turn: TurnScope, request: ReceiptRequest, actor: Actor): void {
  const entry = turn.outbox.get(request.ref);
  const level = entry?.choice.audience;
  const known = level?.left !== undefined || findContact(actor.profile, request.ref) !== undefined;
  if (!known) return turn.reply(request, refusal('not_found', 'this dispatch is unknown or too old'));
  if (entry === undefined && (request.state === 'accepted' || request.state === 'rejected')) {
    return turn.reply(request, duplicate);
  }
  const isRefusedForNow = request.state === 'rejected' && request.isRetryable;
  // Said again it puts the next attempt off no further.
  const isRepeated = entry !== undefined && entry.handedAt === 0 && entry.nextAt > turn.now;
  if (isRefusedForNow && isRepeated) return turn.reply(request, duplicate);
  if (entry !== undefined) turn.runtime.channels.answered(entry.choice.channel, isRefusedForNow, turn.now);
  const attempts = entry?.attempt ?? 0;
  // Where a customer stands in an audience is said until it is taken.
  const mayGoOn = level !== undefined || attempts < LIMITS.dispatchAttemptsMax;
  const again = isRefusedForNow && mayGoOn;
  const wait = Math.max(
    request.retryAfterMs,
    Math.min(INTERVALS.dispatchRetryMsMax, INTERVALS.dispatchRetryMs * 2 ** Math.max(0, attempts - 1)),
  );
  turn.apply(actor, {
    kind: 'delivery',
    customer: actor.profile.id,
    ref: request.ref,
    state: request.state,
    retryable: again,
    retryAt: again ? turn.now + wait : 0,
    reason: request.reason,
    at: turn.now,
  });
  turn.reply(request, accepted);
}

/** A dispatch that waits for its channel: expired, paused, no longer allowed, not now, or handed over (again). */
export function attemptDelivery(turn: TurnScope, request: AttemptRequest, actor: Actor): void {
  const entry = turn.outbox.get(request.ref);
  turn.reply(request, accepted);
  if (entry === undefined) return;
  // What makes an ad untrue ends its membership.
  leaveAudiences(turn, actor);
  if (turn.outbox.get(request.ref) === undefined) return;
  const customer = actor.profile.id;
  const isLeaving = entry.choice.audience?.left !== undefined;
  if (entry.choice.notAfter <= turn.now) {
    // Handed over without an answer counts as sent; never handed over never happened.
    const state = entry.attempt === 0 ? 'expired' : 'accepted';
    turn.apply(actor, {
      kind: 'delivery',
      customer,
      ref: entry.ref,
      state,
      retryable: false,
      retryAt: 0,
      reason: '',
      at: turn.now,
    });
    return;
  }
  const pause = pauseOfEntry(turn.runtime.pauses, entry);
  if (pause?.pending === 'withdraw') {
    const said = { reason: reasonCode('PAUSED'), note: pauseRef(pause) };
    turn.apply(actor, { kind: 'withdraw', customer, ref: entry.ref, ...said, at: turn.now });
    return;
  }
  if (pause !== undefined) {
    // It goes on as soon as that is resumed.
    entry.nextAt = 0;
    return;
  }
  // The decision's own push, or another request like this one, was quicker: a channel has it, and its patience is not over.
  if (!isAttemptDue(entry, turn.now)) return;
  if (isLeaving) return handOver(turn, entry, actor, { kind: 'says', content: undefined, sent: undefined });
  const { env } = turn;
  if (env === undefined) return;
  const withdraw = (reason: ReasonCode): void =>
    void turn.apply(actor, { kind: 'withdraw', customer, ref: entry.ref, reason, at: turn.now });
  const verdict = recheck(actor.profile, entry.ref, env);
  if (verdict.kind === 'wait') {
    entry.nextAt = verdict.until;
    return;
  }
  if (verdict.kind === 'never') return withdraw(verdict.reason);
  const late = lateContent(actor.profile, entry.choice, env);
  if (late.kind === 'never') return withdraw(late.reason);
  handOver(turn, entry, actor, late);
}

/** The next attempt, as soon as the channel has a credit for it. */
function handOver(turn: TurnScope, entry: OutboxEntry, actor: Actor, late: SaidLate): void {
  const { channels } = turn.runtime;
  const { channel } = entry.choice;
  if (entry.handedAt > 0) channels.unanswered(channel, entry.handedAt, turn.now);
  if (!channels.reserve(channel, turn.now)) {
    // Others took the credit while it stood in the mailbox, or the channel just failed: it goes once it can.
    entry.nextAt = 0;
    return;
  }
  const attempt = entry.attempt + 1;
  try {
    const { ref } = entry;
    const { sent } = late;
    const customer = actor.profile.id;
    turn.apply(actor, { kind: 'handed', customer, ref, attempt, at: turn.now, ...(sent && { sent }) });
  } catch (fault) {
    channels.release(channel);
    throw fault;
  }
  turn.push(entry, attempt, late.content);
}
