/** Dispatches of one shard on their way to the channel systems: pushed when the log allows it, offered again while nobody has them. */
import type { CustomerId, IdentifierKey } from '../base/brand.ts';
import { LIMITS, PACES } from '../config/limits.ts';
import { trackingToken } from '../core/decide/decision-id.ts';
import type { ChoiceRef } from '../core/fact/fact.ts';
import { hashOfId } from '../core/identity/customer.ts';
import type { OutboxEntry } from '../core/ledger/shard-state.ts';
import { REASONS } from '../core/reason.ts';
import { dispatchName } from './outbox.ts';
import type { Shard } from './shard.ts';

const WAIT_IN_MAILBOX_MS = 1_000;

/** Hands a dispatch over if its channel can take it; what finds none waits in the outbox. */
export function pushDispatch(shard: Shard, entry: OutboxEntry, attempt: number): void {
  const { hub, clock, generation } = shard.runtime;
  // It was withdrawn or expired in the turn that wanted it pushed.
  if (shard.outbox.get(entry.ref) === undefined) return;
  const { ref, choice } = entry;
  const delivered = hub.deliver({
    dispatchId: dispatchName(generation, shard.id, ref),
    customerId: entry.customer as CustomerId,
    identifiers: shard.residents.get(entry.customer)?.profile.identifiers ?? [],
    channel: choice.channel,
    choice,
    attempt,
    notAfter: choice.notAfter,
    tracking: trackingToken(entry.customer, shard.placeOf(ref.seq, ref.index), ref.choice),
  });
  if (!delivered) return;
  entry.attempt = attempt;
  entry.handedAt = clock.now();
}

export function takeBackDispatch(shard: Shard, channel: number, ref: ChoiceRef, reason: number): void {
  shard.runtime.hub.withdraw(
    channel,
    dispatchName(shard.runtime.generation, shard.id, ref),
    REASONS[reason] ?? 'NONE',
  );
}

/** No channel holds it, or the one that does has been silent for too long; longer with every attempt. */
export function wantsHand(entry: OutboxEntry, now: number): boolean {
  const patience = Math.min(
    PACES.dispatchRetryMsMax,
    PACES.dispatchRetryMs * 2 ** Math.max(0, entry.attempt - 1),
  );
  return entry.handedAt === 0 || now - entry.handedAt > patience;
}

/**
 * Asks for a turn for those that no channel holds, that one holds without an answer for too long, or that expired.
 * `channel` -1: all of them.
 */
export function handOver(shard: Shard, now: number, channel: number): void {
  const { hub } = shard.runtime;
  let room: number = LIMITS.timersPerTurnMax;
  for (const entry of shard.outbox.entries.values()) {
    if (room === 0) return;
    if (entry.nextAt > now || (channel >= 0 && entry.choice.channel !== channel)) continue;
    const over = entry.choice.notAfter <= now;
    if (!over && (!wantsHand(entry, now) || !hub.canDeliver(entry.choice.channel))) continue;
    room--;
    entry.nextAt = now + WAIT_IN_MAILBOX_MS;
    shard.submit({
      kind: 'hand',
      to: { id: entry.customer as CustomerId, key: '' as IdentifierKey, hash: hashOfId(entry.customer) },
      shed: 'vital',
      bytes: 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      ref: entry.ref,
      done: () => {},
    });
  }
}
