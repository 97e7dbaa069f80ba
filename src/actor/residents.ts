/**
 * The customers of one shard that are in memory, and how they come and go. Owned by the shard.
 *
 * I1  A customer is here once, or on her way (`loading`, where her requests wait in order), or not in memory.
 * I2  Only who is saved is dropped: a dirty or broken actor stays.
 * I3  A customer whose fold threw is rebuilt from snapshot and log; a second time she is quarantined, visibly.
 */
import { decodeProfile } from '../codec/stored/profile-codec.ts';
import { LIMITS } from '../config/limits.ts';
import { emptyProfile } from '../core/profile/empty-profile.ts';
import type { Snapshot } from '../port/snapshot-store.ts';
import { Actor } from './actor.ts';
import { rebuildCustomer } from './recovery.ts';
import { type Request, refusal } from './request.ts';
import type { Shard } from './shard.ts';
import { fail } from './turn.ts';

export type Found = Actor | 'parked' | 'quarantined' | 'mismatch' | 'unknown';

export class Residents {
  readonly actors = new Map<string, Actor>();
  readonly quarantined = new Set<string>();
  readonly #shard: Shard;
  readonly #loading = new Map<string, Request[]>();
  readonly #failures = new Map<string, number>();
  #sweep = 1;

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  /** Customers on their way. */
  get loading(): number {
    return this.#loading.size;
  }

  get size(): number {
    return this.actors.size;
  }

  get(id: string): Actor | undefined {
    return this.actors.get(id);
  }

  clear(): void {
    this.actors.clear();
  }

  /** The actor of a request: in memory, loaded now, or parked until the store answered. */
  find(request: Request): Found {
    const { id, key } = request.to;
    if (this.quarantined.size > 0 && this.quarantined.has(id)) return 'quarantined';
    const found = this.actors.get(id);
    if (found !== undefined) {
      found.usedSweep = this.#sweep;
      return key !== '' && found.profile.key !== key ? 'mismatch' : found;
    }
    const parked = this.#loading.get(id);
    if (parked !== undefined) {
      parked.push(request);
      return 'parked';
    }
    const loaded = this.#shard.runtime.snapshots.get(this.#shard.id, id);
    if (!(loaded instanceof Promise)) return this.#activate(request, loaded);
    this.#park(request, loaded);
    return 'parked';
  }

  add(actor: Actor): Actor {
    actor.usedSweep = this.#sweep;
    this.actors.set(actor.profile.id, actor);
    return actor;
  }

  #activate(request: Request, snapshot: Snapshot | undefined): Actor | 'mismatch' | 'unknown' {
    const { id, key } = request.to;
    if (snapshot === undefined) {
      // Nobody: a read must not make her, and an id alone does not say who she is.
      if (request.kind === 'read' || key === '') return 'unknown';
      return this.add(new Actor(emptyProfile(id, key), 0));
    }
    const profile = decodeProfile(snapshot.bytes);
    if (key !== '' && profile.key !== key) return 'mismatch';
    return this.add(new Actor(profile, snapshot.seq));
  }

  #park(request: Request, loading: Promise<Snapshot | undefined>): void {
    const waiting: Request[] = [request];
    const { id } = request.to;
    this.#loading.set(id, waiting);
    loading.then(
      (snapshot) => {
        this.#loading.delete(id);
        const nobody = waiting.filter((parked) => this.#activate(parked, snapshot) === 'unknown');
        for (const parked of nobody) {
          if (parked.kind === 'read') parked.view(undefined);
          fail(parked, refusal('not_found', 'nothing is known of this customer'));
        }
        this.#shard.mailbox.putBack(waiting.filter((parked) => !nobody.includes(parked)));
        this.#shard.wake();
      },
      (fault: unknown) => {
        this.#loading.delete(id);
        this.#shard.runtime.observer.fault(`shard ${this.#shard.id}: a snapshot could not be read`, fault);
        for (const parked of waiting) {
          fail(parked, refusal('unavailable', 'the profile store does not answer', LIMITS.retryDelayMs));
        }
      },
    );
  }

  /** A fold threw: she is rebuilt once the turn is over. */
  break(actor: Actor): void {
    const { id } = actor.profile;
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    this.actors.delete(id);
    if (failures >= LIMITS.foldFailuresMax) return this.quarantine(id);
    const waiting: Request[] = [];
    this.#loading.set(id, waiting);
    void rebuildCustomer(this.#shard, id)
      .then(
        (profile) => {
          if (profile !== undefined) this.#shard.noteChanged(this.add(new Actor(profile, 0)));
        },
        (fault: unknown) => {
          this.#shard.runtime.observer.fault(
            `shard ${this.#shard.id}: a customer could not be rebuilt`,
            fault,
          );
          this.quarantine(id);
        },
      )
      .finally(() => {
        this.#loading.delete(id);
        this.#shard.mailbox.putBack(waiting);
        this.#shard.wake();
      });
  }

  quarantine(id: string): void {
    const { observer } = this.#shard.runtime;
    this.actors.delete(id);
    this.quarantined.add(id);
    observer.fault(`shard ${this.#shard.id}: customer ${id} is quarantined; the rest is served`);
    observer.gauge('attune_quarantined', this.quarantined.size, String(this.#shard.id));
  }

  /** Drops who is saved and was not used since the last sweep, until `max` holds. True: it does not hold yet. */
  passivate(max: number): boolean {
    let over = this.actors.size - max;
    if (over <= 0) return false;
    for (const [id, actor] of this.actors) {
      if (over === 0) break;
      if (actor.usedSweep === this.#sweep || actor.dirty || actor.broken) continue;
      this.actors.delete(id);
      over--;
    }
    this.#sweep++;
    return over > 0;
  }
}
