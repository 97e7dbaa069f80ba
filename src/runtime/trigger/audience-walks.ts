/**
 * The ways of a node's shards through their audiences (audience-walk.ts). Owned by the engine, which beats it.
 *
 * I1  A page at a time, of one shard after the other, so many customers a second: who is asked is looked at as for a list
 *     (turn/handle-member.ts).
 */
import { hash128Hex } from '../../base/hash.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { Pauses } from '../../core/pause/pause.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { AudiencePage, AudiencePlace, Refusal } from '../../port/customers.ts';
import type { Runtime } from '../runtime.ts';
import type { AudienceWalk, WalkedPage } from './audience-walk.ts';

/** What is asked of a shard. */
export interface WalkedShard {
  readonly id: number;
  readonly isServing: boolean;
  readonly audienceWalk: AudienceWalk;
}

/** Looks at so many of those who are in an audience behind a place, in its shard. */
type LookAt = (audience: string, from: AudiencePlace, looks: number) => Promise<AudiencePage | Refusal>;

type WalksRuntime = Pick<Runtime, 'policy' | 'pauses' | 'clock' | 'observer'>;

export class AudienceWalks {
  readonly #runtime: WalksRuntime;
  readonly #shards: readonly WalkedShard[];
  readonly #look: LookAt;
  /** Whose turn it is. */
  #at = 0;
  #isReading = false;
  #isStopped = false;
  #disarm: (() => void) | undefined;
  #wanted = { policy: undefined as Policy | undefined, pauses: '', text: '' };

  constructor(runtime: WalksRuntime, shards: readonly WalkedShard[], look: LookAt) {
    this.#runtime = runtime;
    this.#shards = shards;
    this.#look = look;
  }

  get busy(): boolean {
    return this.#isReading;
  }

  /** Looks whether there is a reason to go through them. Without a policy nothing is known of who may stay. */
  beat(): void {
    const { policy } = this.#runtime;
    if (policy === undefined) return;
    const wanted = this.#wantedNow(policy);
    const audiences = policy.audiences.map(({ id }) => id);
    for (const shard of this.#shards) if (shard.isServing) shard.audienceWalk.follow(wanted, audiences);
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    this.#disarm?.();
    this.#disarm = undefined;
  }

  #arm(): void {
    if (this.#isStopped || this.#nextShard() === undefined) return;
    this.#disarm ??= this.#runtime.clock.after(INTERVALS.audienceWalkMs, () => {
      this.#disarm = undefined;
      void this.#page();
    });
  }

  /** The next shard in turn that serves and has somebody left to look at. */
  #nextShard(): WalkedShard | undefined {
    const count = this.#shards.length;
    for (let i = 0; i < count; i++) {
      const shard = this.#shards[(this.#at + i) % count] as WalkedShard;
      if (shard.isServing && !shard.audienceWalk.isDone) return shard;
    }
    return undefined;
  }

  async #page(): Promise<void> {
    const shard = this.#nextShard();
    const walk = shard?.audienceWalk;
    const page = walk?.next;
    if (shard === undefined || walk === undefined || page === undefined || this.#isReading) return;
    this.#at = (shard.id + 1) % this.#shards.length;
    this.#isReading = true;
    try {
      await this.#lookAt(shard, walk, page);
    } catch (fault) {
      this.#runtime.observer.fault('the members of an audience could not be gone through', fault);
    } finally {
      this.#isReading = false;
      this.#arm();
    }
  }

  /** One that is refused is looked at again. */
  async #lookAt({ id }: WalkedShard, walk: AudienceWalk, page: WalkedPage): Promise<void> {
    const from = { shard: id, after: page.after };
    const found = await this.#look(page.audience, from, LIMITS.audienceWalkPageMax);
    if (found.kind === 'page') walk.passed(page, found.next?.shard === id ? found.next.after : undefined);
  }

  /** Changes when a policy or a pause that withdraws lets other customers stay. */
  #wantedNow(policy: Policy): string {
    const { pauses } = this.#runtime;
    if (policy !== this.#wanted.policy || pauses.version !== this.#wanted.pauses) {
      const text = hash128Hex(`${adsOf(policy)}\n${withdrawn(pauses)}`, 0);
      this.#wanted = { policy, pauses: pauses.version, text };
    }
    return this.#wanted.text;
  }
}

/** What of a policy decides who may stay in an audience, but for what each customer's turn looks at. */
function adsOf({ actions }: Policy): string {
  const ads = actions.flatMap(({ id, audience }) =>
    audience === undefined ? [] : [`${id} ${audience.name} ${audience.kinds.join(' ')}`],
  );
  return ads.join('; ');
}

function withdrawn({ list }: Pauses): string {
  return list
    .filter(({ pending }) => pending === 'withdraw')
    .map(({ scope, name, since }) => `${scope} ${name} ${since}`)
    .join('; ');
}
