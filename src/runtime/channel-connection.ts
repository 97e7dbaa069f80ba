/** What a connected channel system may say and hear: its answers find their shard, its feedback goes through the gateway. */
import { INTERVALS, LIMITS } from '../config/limits.ts';
import { parseDispatchId } from '../core/decide/decision-id.ts';
import type { ChoiceRef, DeliveryState } from '../core/fact/fact.ts';
import { addressedById, hashOfId } from '../core/identity/customer.ts';
import type {
  ChannelConnection,
  ChannelSink,
  Customers,
  PublishOutcome,
  Refusal,
} from '../port/customers.ts';
import { isOfItsLife, notOurs, ofOtherChannel, unknownDispatch } from './delivery/named-dispatch.ts';
import type { Engine } from './engine.ts';
import type { Shard } from './shard/shard.ts';
import { refusal } from './turn/request.ts';

/** The log does not say whose dispatch it is: nothing is refused for good. */
export const LOG_SILENT = refusal('unavailable', 'the log does not answer; retry', INTERVALS.retryDelayMs);

/** What a channel system says of a dispatch. */
interface Receipt {
  readonly state: DeliveryState;
  readonly isRetryable?: boolean;
  readonly retryAfterMs?: number;
  readonly reason?: string;
}

/** Whose dispatch it is, and of which channel; `silent`: the log does not answer. */
type Dispatched =
  | { readonly kind: 'found'; readonly customer: string; readonly channel: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'silent' };

/** Connects a channel system of `channel` (index into CHANNELS); refused beyond LIMITS.channelStreamsMax. */
export function connectChannel(
  engine: Engine,
  customers: Pick<Customers, 'feedback'>,
  {
    channel,
    credits,
    sink,
  }: { readonly channel: number; readonly credits: number; readonly sink: ChannelSink },
): ChannelConnection | Refusal {
  const { channels, clock } = engine.runtime;
  if (channels.sessions >= LIMITS.channelStreamsMax) {
    return refusal(
      'exhausted',
      `there are ${LIMITS.channelStreamsMax} channel systems connected already`,
      INTERVALS.retryDelayMs,
    );
  }
  /** Of deliveries of shards that other nodes serve: the actor that is told of the answer. */
  const actors = new Map<string, string>();
  const own: ChannelSink = {
    deliver: (delivery) => {
      const shard = parseDispatchId(delivery.dispatchId)?.shard ?? -1;
      // What was moved from another shard is found by its decision.
      const isThere =
        engine.ownerOf(shard) !== '' && hashOfId(delivery.actor) % engine.shards.length === shard;
      if (isThere) actors.set(delivery.dispatchId, delivery.actor);
      sink.deliver(delivery);
    },
    withdraw: (dispatchId, reason) => sink.withdraw(dispatchId, reason),
    forget: (customerId) => sink.forget?.(customerId),
  };
  const connection = channels.connect(channel, Math.min(credits, LIMITS.creditsMax), own, clock.now());
  // Who was forgotten while it was away.
  engine.channelErasures.tell(channel);
  const answer = (dispatchId: string, receipt: Receipt): Promise<PublishOutcome> => {
    channels.heard(channel, clock.now());
    const actor = actors.get(dispatchId);
    actors.delete(dispatchId);
    return receive(engine, channel, dispatchId, receipt, actor);
  };
  return {
    kind: 'connected',
    credit: (count) => channels.credit(connection, count, LIMITS.creditsMax),
    accepted: (dispatchId) => answer(dispatchId, { state: 'accepted' }),
    rejected: (dispatchId, isRetryable, retryAfterMs, reason) =>
      answer(dispatchId, { state: 'rejected', isRetryable, retryAfterMs, reason }),
    withdrawn: (dispatchId, isTooLate) => answer(dispatchId, { state: isTooLate ? 'too_late' : 'withdrawn' }),
    feedback: (input) => new Promise((resolve) => customers.feedback(input, resolve)),
    forgot: (customerId) => engine.channelErasures.heard(channel, customerId),
    close: () => channels.disconnect(connection, clock.now()),
  };
}

/** `channel`: whose systems say so; of the dispatches of other channels they have nothing to say. `actor`: whose dispatch it is, where that is known. */
async function receive(
  engine: Engine,
  channel: number,
  dispatchId: string,
  receipt: Receipt,
  actor: string | undefined,
): Promise<PublishOutcome> {
  const place = parseDispatchId(dispatchId);
  const shard = place === undefined ? undefined : engine.doors[place.shard];
  if (place === undefined || shard === undefined) return notOurs(dispatchId);
  if (!isOfItsLife(shard, place)) return unknownDispatch(dispatchId);
  const ref = { seq: place.seq, index: place.index, choice: place.choice };
  const own = engine.shardOf(place.shard);
  const open = own.outbox.get(ref);
  // At once for an open dispatch: feedback that follows must not overtake its receipt.
  const found: Dispatched =
    open !== undefined
      ? { kind: 'found', customer: open.customer, channel: open.choice.channel }
      : actor !== undefined
        ? { kind: 'found', customer: actor, channel }
        : await customerOf(engine, own, ref);
  if (found.kind === 'silent') return LOG_SILENT;
  if (found.kind === 'unknown') return unknownDispatch(dispatchId);
  if (found.channel !== channel) return ofOtherChannel(dispatchId, found.channel, channel);
  return new Promise((resolve) => {
    shard.submit({
      ...{ isRetryable: false, retryAfterMs: 0, reason: '', ...receipt },
      kind: 'receipt',
      to: addressedById(found.customer),
      priority: 'critical',
      bytes: 64,
      deadlineAt: Number.POSITIVE_INFINITY,
      ref,
      done: resolve,
    });
  });
}

/** Whose dispatch it is, from the log; a log that fails rejects nothing. */
async function customerOf(engine: Engine, shard: Shard, ref: ChoiceRef): Promise<Dispatched> {
  try {
    const found = await shard.decisions.dispatched(ref);
    return found === undefined ? { kind: 'unknown' } : { kind: 'found', ...found };
  } catch (fault) {
    engine.runtime.observer.fault(`shard ${shard.id}: a dispatch could not be looked up`, fault);
    return { kind: 'silent' };
  }
}
