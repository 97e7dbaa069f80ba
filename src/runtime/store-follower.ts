/**
 * Takes in what other nodes wrote to stores that they share: policies, models, pauses, catalogue, erasures. Owned by the composition root of a node whose stores are
 * shared.
 *
 * I1  One look at a store is under way at a time. Of what wakes it meanwhile one more look is made.
 * I2  A look that fails changes nothing and is made again, `followEveryMs` later; the first of several in a row is told.
 * I3  The stores do not wait for each other.
 */
import { SECOND_MS } from '../base/clock.ts';
import { INTERVALS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { Follow } from '../port/follow.ts';
import type { Observer } from '../port/observer.ts';

export const FOLLOWED = ['policy', 'model', 'proposals', 'pauses', 'catalogue', 'erasures'] as const;

export type Followed = (typeof FOLLOWED)[number];

export interface FollowedStore {
  readonly name: Followed;
  /** Takes in all that was written when it is called. Rejects with PortError when the store does not answer. */
  takeIn(): Promise<void>;
  /** Wakes it; without it only time does. */
  readonly follow?: Follow | undefined;
}

export class StoreFollower {
  readonly #followings: readonly Following[];

  constructor(
    stores: readonly FollowedStore[],
    parts: { readonly clock: RuntimeClock; readonly observer: Observer },
  ) {
    this.#followings = stores.map((store) => new Following(store, parts));
  }

  start(): void {
    for (const following of this.#followings) following.start();
  }

  /** Resolves when no look is under way any more: the stores may be closed. */
  async stop(): Promise<void> {
    await Promise.all(this.#followings.map((following) => following.stop()));
  }

  /** Resolves when what was written before the call is taken in, or when a store did not answer. Never rejects. */
  async catchUp(): Promise<void> {
    await Promise.all(this.#followings.map((following) => following.catchUp()));
  }

  /** How old what this node knows of each store may be, in ms; at most half a second more than a look takes, while the store answers. */
  ages(): readonly { readonly name: Followed; readonly ms: number }[] {
    return this.#followings.map(({ name, ageMs }) => ({ name, ms: ageMs }));
  }
}

type FollowingParts = { readonly clock: RuntimeClock; readonly observer: Observer };

class Following {
  readonly #store: FollowedStore;
  readonly #parts: FollowingParts;
  /** When the last look that succeeded began. */
  #freshAt: number;
  #looking: Promise<void> | undefined;
  /** The look behind that one, where somebody waits for it. */
  #next: Promise<void> | undefined;
  #isWoken = false;
  #isFailing = false;
  #isStopped = false;
  #dueAt = Number.POSITIVE_INFINITY;
  #disarm: () => void = () => {};
  #unfollow: () => void = () => {};

  constructor(store: FollowedStore, parts: FollowingParts) {
    this.#store = store;
    this.#parts = parts;
    // It was read to be opened.
    this.#freshAt = parts.clock.now();
  }

  get name(): Followed {
    return this.#store.name;
  }

  get ageMs(): number {
    return Math.max(0, this.#parts.clock.now() - this.#freshAt);
  }

  start(): void {
    this.#unfollow = this.#store.follow?.(() => this.#wake()) ?? (() => {});
    this.#lookIn(INTERVALS.followEveryMs);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#disarm();
    this.#unfollow();
    await this.#looking;
  }

  /** One that is under way may have begun before what is asked for was written: then the next one counts, which is one for all who ask. */
  catchUp(): Promise<void> {
    if (this.#looking === undefined) return this.#begin();
    this.#next ??= this.#looking.then(() => {
      this.#next = undefined;
      return this.#looking ?? this.#begin();
    });
    return this.#next;
  }

  /** I1 */
  #begin(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    this.#disarm();
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#looking = this.#look();
    return this.#looking;
  }

  /** I1 */
  #wake(): void {
    if (this.#looking !== undefined) this.#isWoken = true;
    else this.#lookIn(INTERVALS.followWakeMs);
  }

  /** At the latest: an earlier look stays. */
  #lookIn(ms: number): void {
    const { clock } = this.#parts;
    const dueAt = clock.now() + ms;
    if (this.#isStopped || this.#dueAt <= dueAt) return;
    this.#disarm();
    this.#dueAt = dueAt;
    this.#disarm = clock.after(ms, () => void this.#begin());
  }

  async #look(): Promise<void> {
    const beganAt = this.#parts.clock.now();
    try {
      await this.#store.takeIn();
      this.#freshAt = beganAt;
      this.#tellIfBack();
    } catch (fault) {
      this.#tellIfFirst(fault);
    }
    this.#looking = undefined;
    this.#lookIn(this.#isWoken ? INTERVALS.followWakeMs : INTERVALS.followEveryMs);
    this.#isWoken = false;
  }

  /** I2 */
  #tellIfFirst(fault: unknown): void {
    if (!this.#isFailing && !this.#isStopped)
      this.#parts.observer.fault(
        `${this.name}: what other nodes changed could not be read; it is tried again every ${INTERVALS.followEveryMs / SECOND_MS} s`,
        fault,
      );
    this.#isFailing = true;
  }

  #tellIfBack(): void {
    if (this.#isFailing) this.#parts.observer.info(`${this.name}: what other nodes changed is read again`);
    this.#isFailing = false;
  }
}
