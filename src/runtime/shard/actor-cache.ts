// Long because who is in memory is decided in one place.
/**
 * The customers of one shard that are in memory, and how they come and go. Owned by the shard.
 *
 * I1  A customer is here once, or on the way (`loading`, where requests wait in order), or not in memory.
 * I2  Only who is saved is dropped: a dirty or broken actor stays.
 * I3  A customer whose fold threw is rebuilt from snapshot and log; the second time the customer is quarantined, visibly.
 *     One whose snapshot cannot be read is rebuilt from image, archive and log, and quarantined where these do not have them.
 * I4  What was on its way when the shard forgot everything comes too late: it brings nobody.
 * I5  While nobody can be saved, and so nobody dropped, requests bring customers in only up to a stop.
 */
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Refusal } from '../../port/customers.ts';
import { PortError } from '../../port/port-error.ts';
import type { Snapshot } from '../../port/snapshot-store.ts';
import type { Runtime } from '../runtime.ts';
import { type Request, refusal, refuse } from '../turn/request.ts';
import { Actor } from './actor.ts';
import { profileOfSnapshot } from './carried-revision.ts';
import { isCorrupt } from './is-corrupt.ts';

export type LookUp = Actor | 'parked' | 'crowded' | 'unsaved' | 'quarantined' | 'mismatch' | 'unknown';

const overdue = refusal(
  'unavailable',
  'the profile store does not answer; retry with the same id',
  INTERVALS.retryDelayMs,
);

/** Of a customer of whom nothing is left, not even the key: `find` gives them that of whoever asks for them next. */
export function nobodyOf(id: CustomerId): Actor {
  return new Actor(emptyProfile(id, '' as IdentifierKey), 0);
}

/** What the cache asks of its shard. */
export interface ActorHost {
  readonly id: number;
  /** The store's count of batches, which a read must find. */
  readonly storeCounter: number;
  /** The customer as snapshot and log say, once no turn is under way; undefined when neither knows them. */
  rebuild(customer: string): Promise<Profile | undefined>;
  /** The same without the snapshot, which cannot be read: from image, archive and log. */
  rebuildFromCopies(customer: string): Promise<Profile>;
  /** A customer was rebuilt from what is committed. */
  noteRebuilt(actor: Actor): void;
  /** Puts requests back before all others, and wakes the shard. */
  requeue(requests: readonly Request[]): void;
  /** Whether a decision of this customer waits for its scores. */
  isDeciding(actor: Actor): boolean;
  /** Customers should be saved sooner than the interval. */
  saveSoon(): void;
  /** The stores are not what this process believes. */
  startOver(): void;
}

export class ActorCache {
  readonly quarantined = new Set<string>();
  readonly #actors = new Map<string, Actor>();
  readonly #host: ActorHost;
  readonly #runtime: Runtime;
  readonly #loading = new Map<string, Request[]>();
  /** Requests for whose customers the store was asked and had nobody: their turn says what becomes of each. */
  readonly #ofNobody = new WeakSet<Request>();
  readonly #failures = new Map<string, number>();
  #sweep = 1;
  #rebuilding = 0;
  /** When room was last made at the stop (I5). */
  #pressedAt = Number.NEGATIVE_INFINITY;
  /** Counts what was forgotten (I4). */
  #life = 0;

  constructor(host: ActorHost, runtime: Runtime) {
    this.#host = host;
    this.#runtime = runtime;
  }

  /** Everybody in memory, by their id. */
  get all(): ReadonlyMap<string, Actor> {
    return this.#actors;
  }

  /** Customers on their way. */
  get loading(): number {
    return this.#loading.size;
  }

  /** Customers whose facts are in the log but in nobody's hands: no checkpoint may pass them. */
  get rebuilding(): number {
    return this.#rebuilding;
  }

  get size(): number {
    return this.#actors.size;
  }

  get(id: string): Actor | undefined {
    return this.#actors.get(id);
  }

  /** Takes over who was brought into memory by a recovery. */
  adopt(actors: Iterable<Actor>, quarantined: Iterable<string>): void {
    for (const actor of actors) this.add(actor);
    for (const id of quarantined) this.quarantine(id);
  }

  /** Who was used last, at most `max`, the latest sweep first. */
  lastUsed(max: number): string[] {
    const known = [...this.#actors.values()].filter(({ profile }) => profile.version > 0);
    known.sort((one, other) => other.usedSweep - one.usedSweep);
    return known.slice(0, max).map(({ profile }) => profile.id);
  }

  /** Brings customers in before anybody asks for them, a few at a time, while there is room and the store answers. */
  warm(ids: readonly string[]): void {
    const life = this.#life;
    const waiting = [...ids];
    const bringEach = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        if (this.#actors.has(id) || this.#loading.has(id) || this.quarantined.has(id)) continue;
        if (this.size + this.loading >= this.#runtime.bounds.residentPerShardMax) return;
        const parked: Request[] = [];
        this.#loading.set(id, parked);
        await this.#bring(id, parked, this.#stored(id));
        if (life !== this.#life || !this.#actors.has(id)) return;
      }
    };
    for (let n = 0; n < LIMITS.warmingPerShardMax; n++) void bringEach();
  }

  async #stored(id: string): Promise<Snapshot | undefined> {
    return this.#runtime.snapshots.get(this.#host.id, id, this.#host.storeCounter);
  }

  /** Forgets everybody; returns the requests that waited for somebody, in order of arrival. */
  clear(): Request[] {
    this.#life++;
    this.#actors.clear();
    const waiting = [...this.#loading.values()].flat();
    this.#loading.clear();
    this.#rebuilding = 0;
    return waiting;
  }

  /** The actor of a request: in memory, loaded now, or parked until the store answered. Throws what the store throws. */
  find(request: Request): LookUp {
    const { id, key } = request.to;
    if (this.quarantined.size > 0 && this.quarantined.has(id)) return 'quarantined';
    const found = this.#actors.get(id);
    if (found !== undefined) {
      found.usedSweep = this.#sweep;
      // A customer whose first request left no fact (a refused event, a dry run) is not in the log, and an id alone must not
      // begin one there: it does not say who it is.
      if ((key === undefined || request.kind === 'read') && found.profile.version === 0) return 'unknown';
      if (key !== undefined && found.profile.key === '')
        found.profile = Object.assign(emptyProfile(id, key), { seq: found.profile.seq });
      return key !== undefined && found.profile.key !== key ? 'mismatch' : found;
    }
    const parked = this.#loading.get(id);
    if (parked !== undefined) {
      parked.push(request);
      return 'parked';
    }
    if (this.#ofNobody.delete(request)) return this.#activate(request, undefined);
    if (this.#loading.size >= LIMITS.activatingPerShardMax) return 'crowded';
    if (!this.#mayBring(request)) return 'unsaved';
    const waiting = [request];
    try {
      const loaded = this.#runtime.snapshots.get(this.#host.id, id, this.#host.storeCounter);
      if (!(loaded instanceof Promise)) return this.#activate(request, loaded);
      this.#loading.set(id, waiting);
      void this.#bring(id, waiting, loaded);
    } catch (fault) {
      if (!isCorrupt(fault)) throw fault;
      this.#rebuildDamaged(id, waiting, fault);
    }
    return 'parked';
  }

  /** The snapshot of somebody cannot be read: a customer who is not in memory is rebuilt. */
  noteDamaged(id: string, fault: unknown): void {
    if (this.#actors.has(id) || this.#loading.has(id) || this.quarantined.has(id)) return;
    this.#rebuildDamaged(id, [], fault);
  }

  #rebuildDamaged(id: string, waiting: Request[], fault: unknown): void {
    const { observer } = this.#runtime;
    observer.fault(
      `shard ${this.#host.id}: a snapshot is damaged; its customer is rebuilt from image, archive and log`,
      fault,
    );
    this.#loading.set(id, waiting);
    this.#rebuilding++;
    const rebuild = async (): Promise<Profile> => {
      const profile = await this.#host.rebuildFromCopies(id);
      observer.count('attune_snapshots_rebuilt_total', 1);
      return profile;
    };
    void this.#rebuild(id, waiting, rebuild());
  }

  /**
   * Whether one more may come into memory (I5). A bound below what one turn can bring counts as that, since nobody is
   * saved within a turn. What this service asks of itself is asked again later and has no part in the reserve.
   */
  #mayBring(request: Request): boolean {
    const { residentPerShardMax } = this.#runtime.bounds;
    const bound = Math.max(residentPerShardMax, LIMITS.turnRequestsMax);
    const reserved =
      request.priority === 'critical' && request.kind !== 'timer' && request.kind !== 'attempt';
    const stop = bound * (reserved ? LIMITS.residentCriticalFactorMax : LIMITS.residentFactorMax);
    if (this.#actors.size + this.#loading.size < stop) return true;
    const now = this.#runtime.clock.now();
    if (now - this.#pressedAt < INTERVALS.retryDelayMs) return false;
    this.#pressedAt = now;
    if (this.passivate(residentPerShardMax)) this.#host.saveSoon();
    return this.#actors.size + this.#loading.size < stop;
  }

  /**
   * Why a customer cannot be brought into memory, and what follows: a store that lost a suffix makes the shard start over.
   */
  refuse(fault: unknown): Refusal {
    this.#runtime.observer.fault(`shard ${this.#host.id}: a snapshot could not be read`, fault);
    if (fault instanceof PortError && fault.kind === 'conflict') this.#host.startOver();
    return refusal('unavailable', 'the profile store does not answer', INTERVALS.retryDelayMs);
  }

  add(actor: Actor): Actor {
    actor.usedSweep = this.#sweep;
    this.#actors.set(actor.profile.id, actor);
    return actor;
  }

  #activate(request: Request, snapshot: Snapshot | undefined): Actor | 'mismatch' | 'unknown' {
    const { id, key } = request.to;
    if (snapshot === undefined) {
      // Nobody is known: a read must not begin a customer, and an id alone does not say who it is.
      if (request.kind === 'read' || key === undefined) return 'unknown';
      return this.add(new Actor(emptyProfile(id, key), 0));
    }
    const profile = profileOfSnapshot(this.#runtime.revisions, snapshot);
    if (key !== undefined && profile.key !== key) return 'mismatch';
    return this.add(new Actor(profile, snapshot.seq));
  }

  async #bring(id: string, waiting: Request[], loading: Promise<Snapshot | undefined>): Promise<void> {
    const life = this.#life;
    const cancel = this.#failOverdue(waiting, life);
    try {
      const snapshot = await loading;
      if (life !== this.#life) return;
      this.#loading.delete(id);
      if (snapshot !== undefined)
        this.add(new Actor(profileOfSnapshot(this.#runtime.revisions, snapshot), snapshot.seq));
      else for (const parked of waiting) this.#ofNobody.add(parked);
      this.#host.requeue(waiting);
    } catch (fault) {
      if (life !== this.#life) return;
      if (isCorrupt(fault)) return this.#rebuildDamaged(id, waiting, fault);
      this.#loading.delete(id);
      const why = this.refuse(fault);
      for (const parked of waiting) refuse(parked, why);
    } finally {
      cancel();
    }
  }

  /** Refuses those who wait for a store that does not answer, again and again until it does. Returns how to stop. */
  #failOverdue(waiting: Request[], life: number): () => void {
    let stop: () => void = () => {};
    const arm = (): void => {
      stop = this.#runtime.clock.after(LIMITS.activateTimeoutMs, () => {
        if (life !== this.#life) return;
        for (const parked of waiting.splice(0)) refuse(parked, overdue);
        arm();
      });
    };
    arm();
    return () => stop();
  }

  /** A fold threw: the customer is rebuilt once the turn is over. */
  break(actor: Actor): void {
    const { id } = actor.profile;
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    this.#actors.delete(id);
    if (failures >= LIMITS.foldFailuresMax) return this.quarantine(id);
    const waiting: Request[] = [];
    this.#loading.set(id, waiting);
    this.#rebuilding++;
    void this.#rebuild(id, waiting, this.#host.rebuild(id));
  }

  async #rebuild(id: string, waiting: Request[], rebuilt: Promise<Profile | undefined>): Promise<void> {
    const life = this.#life;
    try {
      const profile = await rebuilt;
      if (life !== this.#life) return;
      if (profile !== undefined) this.#host.noteRebuilt(this.add(new Actor(profile, 0)));
    } catch (fault) {
      if (life !== this.#life) return;
      this.#runtime.observer.fault(`shard ${this.#host.id}: a customer could not be rebuilt`, fault);
      this.quarantine(id);
    }
    this.#rebuilding--;
    this.#loading.delete(id);
    this.#host.requeue(waiting);
  }

  quarantine(id: string): void {
    const { observer } = this.#runtime;
    this.#actors.delete(id);
    this.quarantined.add(id);
    observer.fault(`shard ${this.#host.id}: customer ${id} is quarantined; the rest is served`);
    observer.gauge('attune_quarantined', this.quarantined.size, String(this.#host.id));
  }

  /** The customer is to be forgotten: nothing that could not be read of them is needed. By which key they were known stands in it. */
  release(id: string): Actor {
    const { observer } = this.#runtime;
    this.quarantined.delete(id);
    this.#failures.delete(id);
    observer.info(`shard ${this.#host.id}: customer ${id} is forgotten, and quarantined no longer`);
    observer.gauge('attune_quarantined', this.quarantined.size, String(this.#host.id));
    return this.add(nobodyOf(id as CustomerId));
  }

  /** Drops who is saved and was not used since the last sweep, until `max` holds. True: it does not hold yet. */
  passivate(max: number): boolean {
    let over = this.#actors.size - max;
    if (over <= 0) return false;
    for (const [id, actor] of this.#actors) {
      if (over === 0) break;
      if (actor.usedSweep === this.#sweep || actor.dirty || actor.broken) continue;
      // A decision waits for its scores: the profile that it will change must stay.
      if (this.#host.isDeciding(actor)) continue;
      this.#actors.delete(id);
      over--;
    }
    this.#sweep++;
    return over > 0;
  }
}
