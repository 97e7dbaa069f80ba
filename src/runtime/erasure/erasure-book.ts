/**
 * Who was forgotten, as the shards of a process ask: by a keyed hash of the customer id that a key leads to. Owned by the node, filled from
 * the list of erasures.
 *
 * I1  An erasure is durable in the list before it is here.
 * I2  Every place of an actor that is erased hides what it told up to there, wherever it is read from.
 * I3  Changes of erasures come one after the other, each of what the one before left: the eraser, the keeper and channel systems all change
 *     the same ones, and none takes back what another has noted. Where other nodes change them too, a change that came second is worked out again.
 * I4  What other nodes noted is here once `takeIn` has resolved.
 */
import { LIMITS } from '../../config/limits.ts';
import type { ErasedActor, Erasure, ErasureList } from '../../port/erasures.ts';
import { PortError } from '../../port/port-error.ts';
import type { SecretKeys } from '../../port/secret-keys.ts';

/** 128 bits. */
const HASH_BYTES = 16;

export interface Forgotten {
  readonly erasure: Erasure;
  readonly actor: ErasedActor;
}

/** Up to which record nothing of a customer is told any more; of other generations: of none later. */
export type Boundary = Pick<ErasedActor, 'generation' | 'seq'>;

const NONE: readonly Forgotten[] = [];

export class ErasureBook {
  readonly #list: ErasureList;
  readonly #keys: Pick<SecretKeys, 'sign' | 'signAll'>;
  /** By hash, the latest last. */
  readonly #byHash = new Map<string, readonly Forgotten[]>();
  readonly #byReceipt = new Map<string, Erasure>();
  readonly #pending = new Map<string, Erasure>();
  /** I3 */
  #last: Promise<unknown> = Promise.resolve();

  constructor(list: ErasureList, keys: Pick<SecretKeys, 'sign' | 'signAll'>) {
    this.#list = list;
    this.#keys = keys;
    for (const erasure of list.all) this.#enter(erasure);
  }

  /** Erasures, done or not. */
  get size(): number {
    return this.#byReceipt.size;
  }

  get isFull(): boolean {
    return this.#byReceipt.size >= LIMITS.erasuresMax;
  }

  /** Of which something is left to do. */
  get pending(): readonly Erasure[] {
    return [...this.#pending.values()];
  }

  get(receipt: string): Erasure | undefined {
    return this.#byReceipt.get(receipt);
  }

  /** What is kept of an id, under the key that signs now. */
  hashOf(id: string): string {
    return text(this.#keys.sign('erasure', id));
  }

  /** The same under every key. */
  hashesOf(id: string): readonly string[] {
    return this.#keys.signAll('erasure', id).map(text);
  }

  /** Every erasure of a customer id, the latest last; mostly none. */
  of(id: string): readonly Forgotten[] {
    if (this.#byHash.size === 0) return NONE;
    for (const mac of this.#keys.signAll('erasure', id)) {
      const found = this.#byHash.get(text(mac));
      if (found !== undefined) return found;
    }
    return NONE;
  }

  /** Whether the actor of a customer id is asked to forget just now, and it is not noted yet that it has. */
  isUnderWay(id: string): boolean {
    return this.of(id).some(({ actor }) => actor.seq === 0);
  }

  /** When the customer of an id was forgotten last, 0: never. */
  erasedAt(id: string): number {
    return this.of(id).at(-1)?.erasure.at ?? 0;
  }

  /** I2; undefined: everything may be told. */
  boundaryOf(id: string): Boundary | undefined {
    let latest: Boundary | undefined;
    for (const { actor } of this.of(id))
      if (actor.seq > 0 && (latest === undefined || isBehind(actor, latest))) latest = actor;
    return latest;
  }

  /**
   * Whether a fact of customer `id` in this record is told no more: it is forgotten, or its actor is asked to forget just now, maybe by another node that has
   * its answer already.
   */
  covers(id: string, generation: number, seq: number): boolean {
    if (this.isUnderWay(id)) return true;
    const boundary = this.boundaryOf(id);
    return boundary !== undefined && isCovered(boundary, generation, seq);
  }

  /** Other nodes note erasures too: what this one knows may be a moment old. */
  get isShared(): boolean {
    return this.#list.takeIn !== undefined;
  }

  /** I1: a new one. Throws PortError. */
  save(erasure: Erasure): Promise<void> {
    return this.#serially(() => this.#save(erasure));
  }

  /**
   * I3: the erasure of a receipt that is known becomes what `how` makes of it as it is then; the same one changes nothing. `how` may be asked several times.
   * Durable when it resolves. Throws PortError.
   */
  change(receipt: string, how: (now: Erasure) => Erasure): Promise<Erasure> {
    return this.#serially(async () => {
      for (let tries = 1; ; tries++) {
        const now = this.#byReceipt.get(receipt) as Erasure;
        const changed = how(now);
        if (changed === now) return now;
        try {
          await this.#save(changed);
          return changed;
        } catch (fault) {
          const isSecond = fault instanceof PortError && fault.kind === 'conflict';
          if (!isSecond || tries >= LIMITS.sharedChangeTriesMax) throw fault;
          await this.#takeIn();
        }
      }
    });
  }

  /** I4. Throws PortError. */
  takeIn(): Promise<void> {
    return this.#serially(() => this.#takeIn());
  }

  /** Calls `changed` when another node may have noted something; see port/follow.ts. */
  follow(changed: () => void): () => void {
    return this.#list.follow?.(changed) ?? (() => {});
  }

  compact(): Promise<void> {
    return this.#list.compact();
  }

  #serially<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done;
  }

  /** I1 */
  async #save(erasure: Erasure): Promise<void> {
    await this.#list.save(erasure);
    this.#enter(erasure);
  }

  async #takeIn(): Promise<void> {
    for (const erasure of (await this.#list.takeIn?.()) ?? []) this.#enter(erasure);
  }

  #enter(erasure: Erasure): void {
    const before = this.#byReceipt.get(erasure.receipt);
    // An actor that turned out to be somebody else's is not forgotten.
    for (const { hash } of before?.actors ?? []) {
      const left = (this.#byHash.get(hash) ?? NONE).filter((one) => one.erasure.receipt !== erasure.receipt);
      if (left.length > 0) this.#byHash.set(hash, left);
      else this.#byHash.delete(hash);
    }
    this.#byReceipt.set(erasure.receipt, erasure);
    if (erasure.doneAt === 0) this.#pending.set(erasure.receipt, erasure);
    else this.#pending.delete(erasure.receipt);
    for (const actor of erasure.actors) {
      const others = this.#byHash.get(actor.hash) ?? NONE;
      const all = [...others, { erasure, actor }].sort((a, b) => a.erasure.at - b.erasure.at);
      this.#byHash.set(actor.hash, all);
    }
  }
}

/** A record of an earlier life of the data is older than any of this one. */
export function isCovered(boundary: Boundary, generation: number, seq: number): boolean {
  return generation < boundary.generation || (generation === boundary.generation && seq <= boundary.seq);
}

function isBehind(a: Boundary, b: Boundary): boolean {
  return a.generation > b.generation || (a.generation === b.generation && a.seq > b.seq);
}

function text(mac: Uint8Array): string {
  return Buffer.from(mac.subarray(0, HASH_BYTES)).toString('base64url');
}
