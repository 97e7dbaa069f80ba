/**
 * A shard as everybody on this node speaks to it, wherever it is served. Owned by the cluster's router.
 *
 * I1  Who asks is answered once: by the shard, or with `unavailable` when nobody who serves it was found within INTERVALS.shardAwaitedMs, or within the request's own time.
 * I2  What finds nobody waits in its order, and goes again when the shard's place changes. All that is asked of actors may be asked twice: it is answered as the first time.
 * I3  At most LIMITS.mailboxPerShardMax wait.
 */
import { INTERVALS, LIMITS } from '../config/limits.ts';
import type { DecisionPlace } from '../core/decide/decision-id.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { Refusal } from '../port/customers.ts';
import type { NodeWires } from '../port/node-wires.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { MembersFound } from '../runtime/delivery/list-audience.ts';
import type { PeerShard } from '../runtime/identity/local-peer.ts';
import { type Request, refusal, refuse } from '../runtime/turn/request.ts';
import {
  decodeAnswer,
  encodeQuestion,
  type PeerAnswer,
  type PeerQuestion,
  type SentRequest,
} from './peer-message.ts';

/** Where a shard is served, as far as this node knows; `nowhere`: nobody is known to serve it now. */
export type ShardPlace =
  | { readonly kind: 'here' }
  | { readonly kind: 'there'; readonly address: string }
  | { readonly kind: 'nowhere' };

export interface ShardDoorParts {
  readonly id: number;
  /** This node's own, which may not be served. */
  readonly shard: PeerShard;
  readonly whereIs: (shard: number) => ShardPlace;
  readonly wires: NodeWires;
  readonly clock: RuntimeClock;
  readonly generation: number;
  readonly observer: Observer;
}

const HOLD_AGAIN_MS = 50;
/** For one question: a node that is cut off is found out by others before. */
const ASK_MS = 5_000;

const AWAY = refusal(
  'unavailable',
  'the node that serves this customer does not answer, and none has taken its place yet; retry with the same id',
  INTERVALS.retryDelayMs,
);
const TOO_MANY = refusal(
  'exhausted',
  'too many requests wait for a shard that nobody serves at the moment; retry later',
  INTERVALS.retryDelayMs,
);

interface Held {
  readonly request: Request;
  readonly until: number;
}

export class ShardDoor implements PeerShard {
  readonly #parts: ShardDoorParts;
  #held: Held[] = [];
  #cancel: (() => void) | undefined;

  constructor(parts: ShardDoorParts) {
    this.#parts = parts;
  }

  get held(): number {
    return this.#held.length;
  }

  submit(request: Request): void {
    const held = {
      request,
      until: Math.min(request.deadlineAt, this.#parts.clock.now() + INTERVALS.shardAwaitedMs),
    };
    // I2
    if (this.#held.length > 0) this.#hold(held);
    else this.#send(held);
  }

  decisionRef(seq: number, index: number): DecisionPlace {
    const { id, shard, whereIs, generation } = this.#parts;
    if (whereIs(id).kind === 'here') return shard.decisionRef(seq, index);
    // The stores of a cluster go on in one generation.
    return { ...shard.decisionRef(seq, index), generation };
  }

  async saveNow(): Promise<void> {
    const { id, shard } = this.#parts;
    const saved = await this.#call({ op: 'save', shard: id }, async () => {
      await shard.saveNow();
      return { kind: 'saved' };
    });
    if (saved?.kind !== 'saved')
      throw new PortError('unavailable', `shard ${id} is served by nobody that answers`);
  }

  async membersIn(audience: string, after: string, limit: number): Promise<MembersFound | Refusal> {
    const { id, shard } = this.#parts;
    const question = { op: 'members', shard: id, audience, after, limit } as const;
    const answer = await this.#call(question, async () => ({
      kind: 'members',
      found: await shard.membersIn(audience, after, limit),
    }));
    return answer?.kind === 'members' ? answer.found : AWAY;
  }

  /** Asks whoever serves it, again and again; undefined: nobody answered in time. */
  async #call(question: PeerQuestion, here: () => Promise<PeerAnswer>): Promise<PeerAnswer | undefined> {
    const { id, whereIs, clock } = this.#parts;
    const until = clock.now() + INTERVALS.shardAwaitedMs;
    while (clock.now() < until) {
      const place = whereIs(id);
      if (place.kind === 'here') return here();
      if (place.kind === 'there') {
        const answer = await new Promise<PeerAnswer | undefined>((resolve) =>
          this.#ask(place.address, question, until, resolve),
        );
        if (answer !== undefined && answer.kind !== 'elsewhere') return answer;
      }
      await new Promise<void>((resolve) => void clock.after(HOLD_AGAIN_MS, resolve));
    }
    return undefined;
  }

  /** The shard is served elsewhere from now on, or here. */
  moved(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const held = this.#held;
    this.#held = [];
    for (const one of held) this.#send(one);
  }

  #send(held: Held): void {
    const { id, shard, whereIs, observer } = this.#parts;
    const place = whereIs(id);
    if (place.kind === 'here') return shard.submit(held.request);
    if (place.kind === 'nowhere') return this.#hold(held);
    observer.count('attune_requests_forwarded_total', 1, held.request.kind);
    const request = held.request as SentRequest;
    this.#ask(place.address, { op: 'request', shard: id, request }, held.until, (answer) => {
      if (answer?.kind === 'outcome') (request.done as (outcome: unknown) => void)(answer.outcome);
      else this.#hold(held);
    });
  }

  #ask(
    address: string,
    question: PeerQuestion,
    until: number,
    done: (answer: PeerAnswer | undefined) => void,
  ): void {
    const { wires, clock } = this.#parts;
    const now = clock.now();
    const bytes = encodeQuestion(question, now);
    wires.ask(address, bytes, Math.max(1, Math.min(ASK_MS, until - now)), (answer) =>
      done(answer && decodeAnswer(answer, question)),
    );
  }

  #hold(held: Held): void {
    const { clock } = this.#parts;
    if (clock.now() >= held.until) return refuse(held.request, AWAY);
    // I3
    if (this.#held.length >= LIMITS.mailboxPerShardMax) return refuse(held.request, TOO_MANY);
    this.#held.push(held);
    this.#cancel ??= clock.after(HOLD_AGAIN_MS, () => this.moved());
  }
}
