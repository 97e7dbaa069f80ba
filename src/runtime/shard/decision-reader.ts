/** Decisions of one shard, and what it has to tell of audiences, read back from the hot log, else the archive. Owned by its shard. */
import { decodeHeader, readFact } from '../../codec/stored/record-codec.ts';
import { INTERVALS } from '../../config/limits.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import type { AudienceLeftFact, ChoiceRef, DecisionFact } from '../../core/fact/fact.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import type { PendingOutcome } from '../../core/profile/ledger-rows.ts';
import { refKey } from '../delivery/outbox.ts';
import type { Runtime } from '../runtime.ts';
import { type DecideRequest, type Request, refusal, type TimerRequest } from '../turn/request.ts';
import { isCorrupt } from './is-corrupt.ts';

/** What the reader asks of its shard. */
export interface DecisionReaderHost {
  readonly id: number;
  decisionRef(seq: number, index: number): DecisionPlace;
  /** Puts requests back before all others, and wakes the shard. */
  requeue(requests: readonly Request[]): void;
  /** Looks at a customer's timers again in `ms`. */
  retryTimer(customer: string, ms: number): void;
}

/** Whose message it is, and of which channel (index into CHANNELS). */
interface Dispatched {
  readonly customer: string;
  readonly channel: number;
}

const UNREADABLE = refusal('unavailable', 'the stored decision can not be read now', INTERVALS.retryDelayMs);

/** Whoever was parted from them before has the id of their request too. */
const FORGOTTEN = refusal(
  'not_found',
  'this request_id was decided for a customer who was forgotten since; ask with another one',
);

export class DecisionReader {
  readonly #host: DecisionReaderHost;
  readonly #runtime: Pick<Runtime, 'log' | 'archive' | 'erasures' | 'observer' | 'policyOf'>;
  #underWay = 0;

  constructor(
    host: DecisionReaderHost,
    runtime: Pick<Runtime, 'log' | 'archive' | 'erasures' | 'observer' | 'policyOf'>,
  ) {
    this.#host = host;
    this.#runtime = runtime;
  }

  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** The decision at a place, which may be of another shard (core/identity/home-seq.ts); undefined when it is unknown, expired, or of somebody who was forgotten. Throws PortError. */
  async read(seq: number, index: number): Promise<DecisionFact | undefined> {
    const fact = await this.#fact(seq, index);
    return fact?.kind === 'decision' ? fact : undefined;
  }

  /** Whose message stands at a place, and of which channel; as `read`. Throws PortError. */
  async dispatched({ seq, index, choice }: ChoiceRef): Promise<Dispatched | undefined> {
    const fact = await this.#fact(seq, index);
    if (fact === undefined) return undefined;
    const channel = fact.kind === 'decision' ? fact.choices[choice]?.channel : fact.channel;
    return channel === undefined ? undefined : { customer: fact.customer, channel };
  }

  async #fact(seq: number, index: number): Promise<DecisionFact | AudienceLeftFact | undefined> {
    const { log, archive } = this.#runtime;
    const place = placeOfSeq(this.#host.id, seq);
    this.#underWay++;
    try {
      const bytes = (await log.get(place.shard, place.seq)) ?? (await archive.get(place.shard, place.seq));
      if (bytes === undefined) return undefined;
      const fact = readFact(bytes, index);
      if (fact?.kind !== 'decision' && fact?.kind !== 'audience-left') return undefined;
      const { erasures } = this.#runtime;
      const isForgotten =
        erasures.size > 0 && erasures.covers(fact.customer, decodeHeader(bytes).generation, place.seq);
      return isForgotten ? undefined : fact;
    } finally {
      this.#underWay--;
    }
  }

  /** Replies to a retry with the decision that it was answered with first. */
  repeat(request: DecideRequest, seq: number, index: number): void {
    void this.read(seq, index).then(
      (fact) => {
        if (fact === undefined) request.done(FORGOTTEN);
        else
          request.done({ kind: 'decided', place: this.#host.decisionRef(seq, index), fact, repeated: true });
      },
      (fault: unknown) => {
        const { id } = this.#host;
        this.#runtime.observer.fault(`shard ${id}: decision ${seq}/${index} could not be read back`, fault);
        request.done(UNREADABLE);
      },
    );
  }

  /** Reads the decisions whose outcomes are due, and their policies, into `request.loaded`, then handles the request again. */
  async load(missing: readonly PendingOutcome[], request: TimerRequest): Promise<void> {
    let isComplete = true;
    const load = async (pending: PendingOutcome): Promise<void> => {
      try {
        const decision = await this.read(pending.seq, pending.index);
        const policy = decision && (await this.#runtime.policyOf(decision.policy));
        request.loaded.set(refKey(pending), decision && { decision, policy });
      } catch (fault) {
        const { id } = this.#host;
        this.#runtime.observer.fault(`shard ${id}: a decision could not be read for its outcome`, fault);
        // Damaged for good: the outcome goes without it. Else the log answers later, and what is learned is worth a wait.
        if (isCorrupt(fault)) request.loaded.set(refKey(pending), undefined);
        else isComplete = false;
      }
    };
    await Promise.all(missing.map(load));
    this.#host.requeue(isComplete ? [request] : []);
    if (!isComplete) this.#host.retryTimer(request.to.id, INTERVALS.timerRetryMs);
  }
}
