/**
 * The channel systems of a scenario, with all dispatches and withdrawals that they received. Owned by the run.
 *
 * I1  What a channel system receives is recorded with the service's time when it was sent, not when it was read.
 */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Connection } from '../../client/connection.ts';
import {
  type AudienceChange,
  AudienceOp,
  type Deliver,
  type Withdraw,
} from '../../gen/attune/v1/channel_pb.ts';
import type { Treatment } from '../../gen/attune/v1/treatment_pb.ts';
import { treatmentText } from '../expect/match-treatment.ts';
import type { Moments } from './moments.ts';
import { type ChannelEvents, type Script, ScriptedChannelSystem } from './scripted-channel-system.ts';
import type { Timeline } from './timeline.ts';

/** One dispatch as the channel systems saw it, with all its deliveries. */
export interface Dispatch {
  readonly dispatchId: string;
  readonly channel: string;
  readonly customer: string;
  /** As it was handed over last, and with which attempt. */
  treatment: Treatment;
  attempt: number;
  /** When it was first handed over. */
  readonly at: number;
  deliveries: number;
}

export interface Withdrawal {
  readonly dispatchId: string;
  readonly channel: string;
  readonly reason: string;
  readonly at: number;
  /** Undefined: it was never delivered. */
  readonly dispatch: Dispatch | undefined;
}

/** What an ad platform knows of a customer in an audience, after the changes that came so far. */
export interface KnownMember {
  readonly channel: string;
  readonly audience: string;
  readonly customerId: string;
  readonly customer: string;
  /** Kinds of the keys that it was given. */
  readonly kinds: readonly string[];
  readonly version: bigint;
  readonly isMember: boolean;
  /** Undefined: they left. */
  readonly treatment: Treatment | undefined;
  /** Why they left. */
  readonly reason: string;
  /** When this version came first. */
  readonly at: number;
  /** Versions that came so far. */
  readonly versions: ReadonlySet<bigint>;
}

export class ChannelDesk {
  readonly dispatches: Dispatch[] = [];
  readonly withdrawals: Withdrawal[] = [];
  /** By audience and customer id. */
  readonly levels = new Map<string, KnownMember>();
  readonly #systems = new Map<string, ScriptedChannelSystem>();
  readonly #moments: Moments;
  readonly #timeline: Timeline;
  readonly #nameOf: (customerId: string) => string;
  /** Counts of channel systems that were removed since the service was opened. */
  readonly #removedCounts = { receivedCount: 0, answeredCount: 0 };
  readonly #inbox: ((at: number) => void)[] = [];
  #onMessage: () => void = () => {};

  constructor(moments: Moments, timeline: Timeline, nameOf: (customerId: string) => string) {
    this.#moments = moments;
    this.#timeline = timeline;
    this.#nameOf = nameOf;
  }

  get size(): number {
    return this.#systems.size;
  }

  /** Answers sent since the service was opened. */
  get answeredCount(): number {
    return this.#total('answeredCount');
  }

  get(channel: string): ScriptedChannelSystem | undefined {
    return this.#systems.get(channel);
  }

  add(channel: string, script: Script, connection: Connection): void {
    const system = new ScriptedChannelSystem(channel, script, this.#events());
    this.#systems.set(channel, system);
    system.connect(connection);
  }

  remove(channel: string): void {
    const system = this.#systems.get(channel);
    if (system === undefined) return;
    this.#systems.delete(channel);
    // The service goes on counting what the removed one received and answered.
    this.#removedCounts.receivedCount += system.receivedCount;
    this.#removedCounts.answeredCount += system.answeredCount;
    system.disconnect();
  }

  /** Connects all of them to a service that was just opened and counts from 0. */
  connect(connection: Connection): void {
    this.#removedCounts.receivedCount = 0;
    this.#removedCounts.answeredCount = 0;
    for (const system of this.#systems.values()) system.connect(connection);
  }

  disconnect(): void {
    for (const system of this.#systems.values()) system.disconnect();
  }

  /** The service is about to be killed. */
  forget(): void {
    for (const system of this.#systems.values()) system.forget();
  }

  #total(what: 'receivedCount' | 'answeredCount'): number {
    let total = this.#removedCounts[what];
    for (const system of this.#systems.values()) total += system[what];
    return total;
  }

  /** Resolves when the service's `instructionCount` instructions have arrived; they are recorded at the time `at`. */
  async untilReceived(instructionCount: number, at: number): Promise<void> {
    while (this.#total('receivedCount') < instructionCount) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
    for (const record of this.#inbox.splice(0)) record(at);
  }

  #events(): ChannelEvents {
    return {
      onMessage: () => this.#onMessage(),
      onDeliver: (channel, delivery, answer) =>
        void this.#inbox.push((at) => this.#noteDelivery(channel, delivery, answer, at)),
      onAudienceChange: (channel, change, answer) =>
        void this.#inbox.push((at) => this.#noteChange(channel, change, answer, at)),
      onWithdraw: (channel, withdraw) =>
        void this.#inbox.push((at) => this.#noteWithdrawal(channel, withdraw, at)),
    };
  }

  #noteDelivery(channel: string, delivery: Deliver, answer: string, at: number): void {
    const { dispatchId, treatment, attempt } = delivery;
    if (treatment === undefined) return;
    const customer = this.#nameOf(delivery.customerId);
    this.#noteDispatch(dispatchId, channel, customer, treatment, attempt, at);
    const about = treatment.content?.productIds.join(', ') ?? '';
    const offer = treatment.offer === undefined ? '' : ` with ${treatment.offer.offerId}`;
    const until =
      treatment.notAfter === undefined
        ? ''
        : `, until ${this.#moments.since(timestampMs(treatment.notAfter))}`;
    this.#timeline.add(
      at,
      `dispatch to ${channel} for ${customer}: ${treatment.actionId}/${treatment.variantId}${about === '' ? '' : ` about ${about}`}${offer} (attempt ${delivery.attempt}${until}): ${answer}`,
    );
  }

  #noteDispatch(
    dispatchId: string,
    channel: string,
    customer: string,
    treatment: Treatment,
    attempt: number,
    at: number,
  ): void {
    const known = this.dispatches.find((dispatch) => dispatch.dispatchId === dispatchId);
    if (known !== undefined) {
      known.deliveries++;
      known.treatment = treatment;
      known.attempt = attempt;
    } else this.dispatches.push({ dispatchId, channel, customer, treatment, attempt, at, deliveries: 1 });
  }

  /** A level: the highest version counts. A change that was refused is no level. */
  #noteChange(channel: string, change: AudienceChange, answer: string, at: number): void {
    const { audience, customerId, dispatchId, version, treatment, op, identifiers, reason } = change;
    const customer = this.#nameOf(customerId);
    const isMember = op === AudienceOp.ADD;
    if (treatment !== undefined)
      this.#noteDispatch(dispatchId, channel, customer, treatment, change.attempt, at);
    const key = `${audience} ${customerId}`;
    const known = this.levels.get(key);
    const isTaken = answer === 'accepted' || answer === 'no answer';
    if (isTaken && (known === undefined || version >= known.version)) {
      const versions = new Set([...(known?.versions ?? []), version]);
      const since = known?.version === version ? known.at : at;
      const kinds = identifiers.map(({ kind }) => kind);
      const said = { treatment, reason, at: since, versions };
      this.levels.set(key, { channel, audience, customerId, customer, kinds, version, isMember, ...said });
    }
    const what = isMember
      ? `in with ${treatment === undefined ? 'nothing' : treatmentText(treatment)}`
      : `out, because ${reason}`;
    this.#timeline.add(
      at,
      `audience ${audience} for ${customer}: ${what} (version ${version}, attempt ${change.attempt}): ${answer}`,
    );
  }

  #noteWithdrawal(channel: string, { dispatchId, reason }: Withdraw, at: number): void {
    const dispatch = this.dispatches.find((known) => known.dispatchId === dispatchId);
    this.withdrawals.push({ dispatchId, channel, reason, at, dispatch });
    const what =
      dispatch === undefined ? dispatchId : `${dispatch.treatment.actionId} for ${dispatch.customer}`;
    this.#timeline.add(at, `withdrawal on ${channel}: ${what}, because ${reason}`);
  }
}
