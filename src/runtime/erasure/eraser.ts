/**
 * Forgets a person: one actor after the other, of every key that leads to them, in whatever shards they are.
 *
 * I1  The erasure is durable in the list, with every actor, before the first of them is forgotten: after a crash at any step it is
 *     gone on with, before anybody is served (`resume`).
 * I2  An actor is asked until it answers; asked twice nothing is known of it the second time, and neither is which channels knew it: then each
 *     channel is told.
 * I3  Of a customer who is quarantined nothing can be read: who leads to them is looked for, and in the list, before they are forgotten.
 * I4  The receipt is given once every actor is forgotten, in the log and among the snapshots.
 */
import { DAY_MS } from '../../base/clock.ts';
import { INTERVALS } from '../../config/limits.ts';
import { CHANNELS, EVERY_CHANNEL } from '../../core/channel.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import type { ErasedActor, Erasure } from '../../port/erasures.ts';
import type { Forget, ForgetAnswer, Peers } from '../../port/peers.ts';
import type { Runtime } from '../runtime.ts';

/** What the longest settings leave to the archive and to images, with days to spare: see docs/privacy.md. */
const COMPLETE_MS = 30 * DAY_MS;
const TRIES_MAX = 5;

export interface EraserParts {
  readonly runtime: Pick<Runtime, 'erasures' | 'keys' | 'clock' | 'channels' | 'generation'>;
  readonly peer: Peers;
  /** Ids of the actors that lead to a customer who cannot be read. Throws PortError. */
  readonly leadingTo: (customer: string) => Promise<readonly string[]>;
}

export class Eraser {
  readonly #runtime: EraserParts['runtime'];
  readonly #peer: Peers;
  readonly #leadingTo: EraserParts['leadingTo'];
  readonly #underWay = new Map<string, Promise<Erasure>>();
  /** By the person's own actor, until it is in the list: asked twice at once it is one erasure. */
  readonly #beginning = new Map<string, Promise<Erasure>>();
  /** Receipts of which no actor was asked yet: of those that a start found it is not known. */
  readonly #unasked = new Set<string>();

  constructor({ runtime, peer, leadingTo }: EraserParts) {
    this.#runtime = runtime;
    this.#peer = peer;
    this.#leadingTo = leadingTo;
  }

  /** `ids`: the person's own actor first; `named`: those by which they were asked for. What is not over yet is said by an actor whose `seq` is 0. Throws PortError. */
  async erase(ids: readonly string[], named: readonly string[], caseId: string): Promise<Erasure> {
    const own = ids[0] as string;
    const beginning = this.#beginning.get(own);
    const begun = beginning ?? this.#begin(ids, named, caseId);
    if (beginning === undefined) this.#beginning.set(own, begun);
    try {
      const { receipt } = await begun;
      return await this.resume(receipt);
    } finally {
      this.#beginning.delete(own);
    }
  }

  async #begin(ids: readonly string[], named: readonly string[], caseId: string): Promise<Erasure> {
    const { erasures, keys, clock } = this.#runtime;
    const at = clock.now();
    const receipt = Buffer.from(keys.sign('erasure', `receipt ${at} ${ids[0]}`).subarray(0, 9)).toString(
      'base64url',
    );
    const erasure: Erasure = {
      ...{ receipt, caseId, at, completeBy: at + COMPLETE_MS },
      ...{ actors: ids.map((id) => this.#actorOf(id, named.includes(id))), untold: [], doneAt: 0 },
    };
    // I1
    await erasures.save(erasure);
    this.#unasked.add(receipt);
    return erasure;
  }

  /**
   * Goes on with an erasure until every actor is forgotten, or one does not answer. `ids`: the person's actors as they are now, their own first,
   * where that is known. `isRestored`: each actor is forgotten by itself, because in the state that was restored the person may not have been one yet.
   * Throws PortError.
   */
  resume(receipt: string, ids: readonly string[] = [], isRestored = false): Promise<Erasure> {
    const running = this.#underWay.get(receipt);
    if (running !== undefined) return running;
    const run = this.#run(receipt, ids, isRestored).finally(() => this.#underWay.delete(receipt));
    this.#underWay.set(receipt, run);
    return run;
  }

  async #run(receipt: string, ids: readonly string[], isRestored: boolean): Promise<Erasure> {
    const { erasures } = this.#runtime;
    let erasure = erasures.get(receipt) as Erasure;
    const isFirst = this.#unasked.delete(receipt);
    const [own] = ids;
    if (own !== undefined && erasure.actors[0]?.id !== own) {
      erasure = await erasures.change(receipt, (now) => {
        const named = new Set(now.actors.filter(({ isNamed }) => isNamed).map(({ id }) => id));
        const others = now.actors.filter(({ id }) => !ids.includes(id));
        return { ...now, actors: [...ids.map((id) => this.#actorOf(id, named.has(id))), ...others] };
      });
    }
    const unread = new Set<string>();
    for (;;) {
      const at = erasure.actors.findIndex(isLeft);
      const actor = erasure.actors[at];
      if (actor === undefined) return erasure;
      const isOwn = isRestored || at === 0 || actor.isNamed === true;
      const answer = await this.#ask(erasure, actor, { isOwn, isUnread: unread.has(actor.id), isFirst });
      if (answer === undefined) return erasures.get(receipt) as Erasure;
      if (answer.kind === 'unread') {
        // I3
        unread.add(actor.id);
        const ids = await this.#leadingTo(actor.id);
        erasure = await erasures.change(receipt, (now) => this.#with(now, ids));
      } else if (answer.kind === 'moved' && !isRestored) {
        // They were united with somebody meanwhile, who is who they are now.
        const to = this.#actorOf(addresseeOfKey(answer.to).id);
        erasure = await erasures.change(receipt, (now) => ({ ...now, actors: [to, ...now.actors] }));
      } else erasure = await erasures.change(receipt, (now) => this.#after(now, actor, answer));
    }
  }

  /** Undefined: it did not answer, or is not ready. */
  async #ask(
    erasure: Erasure,
    { id }: ErasedActor,
    {
      isOwn,
      isUnread,
      isFirst,
    }: { readonly isOwn: boolean; readonly isUnread: boolean; readonly isFirst: boolean },
  ): Promise<ForgetAnswer | undefined> {
    const ids = new Set(erasure.actors.map((one) => one.id));
    const named = new Set(erasure.actors.filter(({ isNamed }) => isNamed).map((one) => one.id));
    // I2
    let isAgain = !isFirst;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const answer = await this.#once(id, { isOwn, ids, named, isUnread });
      if (answer?.kind === 'forgotten' && answer.isNobody === true && isAgain)
        return { ...answer, channels: EVERY_CHANNEL };
      if (answer !== undefined && answer.kind !== 'busy') return answer;
      if (answer === undefined) isAgain = true;
      await new Promise<void>((resolve) => this.#runtime.clock.after(INTERVALS.retryDelayMs, resolve));
    }
    return undefined;
  }

  #once(id: string, forget: Forget): Promise<ForgetAnswer | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#runtime.clock.after(INTERVALS.claimTimeoutMs, () => resolve(undefined));
      this.#peer.forget(id, forget, (answer) => {
        cancel();
        resolve(answer);
      });
    });
  }

  #after(erasure: Erasure, asked: ErasedActor, answer: ForgetAnswer): Erasure {
    const { actors } = erasure;
    // Somebody else may have gone on with it meanwhile, and have had the same answer.
    const at = actors.findIndex((one) => one.id === asked.id && isLeft(one));
    const actor = actors[at];
    if (actor === undefined) return erasure;
    switch (answer.kind) {
      case 'more':
        return this.#with(
          erasure,
          answer.keys.map((key) => addresseeOfKey(key).id),
        );
      case 'moved': {
        // In the state that was restored the key is somebody else's: what older records tell of it is hidden and rewritten all the same.
        const { generation } = this.#runtime;
        return { ...erasure, actors: actors.with(at, { ...actor, generation, seq: 1 }) };
      }
      case 'forgotten': {
        const { shard, generation, seq } = answer;
        // A key that led to them knows nothing of what went out by it before: any channel of theirs may know them by it.
        const known = erasure.untold.reduce((bits, one) => bits | channelBit(one.channel), answer.channels);
        const untold = [...erasure.untold, ...this.#untold(actor.id, known)];
        return { ...erasure, actors: actors.with(at, { ...actor, shard, generation, seq }), untold };
      }
      default:
        return { ...erasure, actors: actors.toSpliced(at, 1) };
    }
  }

  #with(erasure: Erasure, ids: readonly string[]): Erasure {
    const known = new Set(erasure.actors.map(({ id }) => id));
    const others = ids.filter((id) => !known.has(id));
    return { ...erasure, actors: [...erasure.actors, ...others.map((id) => this.#actorOf(id))] };
  }

  /** Channels that messages to the customer went by, and those that somebody serves now. */
  #untold(id: string, known: number): Erasure['untold'] {
    const { channels } = this.#runtime;
    return CHANNELS.flatMap((channel, index) =>
      (known & (1 << index)) !== 0 || channels.isConnected(index) ? [{ channel, id }] : [],
    );
  }

  #actorOf(id: string, isNamed = false): ErasedActor {
    const actor = { hash: this.#runtime.erasures.hashOf(id), id, shard: -1, generation: 0, seq: 0 };
    return isNamed ? { ...actor, isNamed } : actor;
  }
}

function isLeft({ id, seq }: ErasedActor): boolean {
  return seq === 0 && id !== '';
}

/** Whether nothing of the person is left where they were served from. */
export function isForgotten({ actors }: Erasure): boolean {
  return actors.every(({ seq }) => seq > 0);
}

function channelBit(channel: string): number {
  return 1 << CHANNELS.indexOf(channel as (typeof CHANNELS)[number]);
}
