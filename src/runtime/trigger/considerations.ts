/**
 * The considerations of a node: customers whose policy's hour has come, over all its shards, and then those who have yet to be
 * looked at because a policy brought or changed such hours. Owned by the engine.
 *
 * I1  At most `considerationsPerSecondMax` customers a second, evenly: requests, moments and plans do not wait behind them.
 * I2  Shards take turns, so no shard waits for another's herd.
 * I3  No more than `considerationsAtOnceMax` are under way.
 */
import { SECOND_MS } from '../../base/clock.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { considerText } from '../../core/consideration/consider-text.ts';
import { policyIndex } from '../../core/decide/policy-index.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { Runtime } from '../runtime.ts';
import type { CustomerTimers, Looked } from './customer-timers.ts';
import type { EnrolmentWalk } from './enrolment-walk.ts';
import type { TimerQueue } from './timer-queue.ts';

/** What is asked of a shard. */
export interface ConsideredShard {
  readonly id: number;
  readonly isServing: boolean;
  readonly considerations: TimerQueue;
  readonly enrolment: EnrolmentWalk;
  readonly customerTimers: CustomerTimers;
  readonly actorsById: ReadonlyMap<string, unknown>;
  mayServe(now: number): boolean;
}

/** Taken together at most, when time has passed without any: what two intervals bring. */
const BURST = Math.max(1, (LIMITS.considerationsPerSecondMax * 2 * INTERVALS.considerMs) / SECOND_MS);

type ConsiderationsRuntime = Pick<Runtime, 'clock' | 'observer' | 'snapshots' | 'policy'>;

export class Considerations {
  readonly #runtime: ConsiderationsRuntime;
  readonly #shards: readonly ConsideredShard[];
  /** Whose turn it is. */
  #at = 0;
  #underWay = 0;
  #reading = 0;
  #room = 0;
  #filledAt = 0;
  #disarm: (() => void) | undefined;
  #wanted: { readonly policy: Policy | undefined; readonly text: string } = { policy: undefined, text: '' };

  constructor(runtime: ConsiderationsRuntime, shards: readonly ConsideredShard[]) {
    this.#runtime = runtime;
    this.#shards = shards;
  }

  /** Ids are being read. */
  get busy(): boolean {
    return this.#reading > 0;
  }

  /** Looks whether there is anything to do, and goes on by itself while there is. */
  beat(): void {
    if (this.#disarm === undefined) this.#run();
  }

  /** Somebody is due by now: looks before long. */
  wake(): void {
    this.#disarm ??= this.#runtime.clock.after(INTERVALS.considerMs, () => this.#run());
  }

  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }

  #run(): void {
    this.#disarm = undefined;
    const now = this.#runtime.clock.now();
    this.#fill(now);
    const serving = this.#shards.filter((shard) => shard.isServing && shard.mayServe(now));
    this.#take(serving, (shard, looked) => shard.customerTimers.submitConsideration(now, looked));
    const wanted = this.#wantedNow();
    for (const shard of serving) shard.enrolment.follow(wanted);
    const walking = serving.filter((shard) => !shard.enrolment.isDone);
    for (const shard of walking) if (shard.enrolment.needsPage) void this.#read(shard);
    this.#take(walking, (shard, looked) => this.#walk(shard, looked));
    const isDue = ({ considerations: { next } }: ConsideredShard): boolean => next !== 0 && next <= now;
    if (walking.length > 0 || serving.some(isDue)) this.wake();
  }

  /** I1 */
  #fill(now: number): void {
    const passed = Math.max(0, now - this.#filledAt);
    this.#room = Math.min(BURST, this.#room + (passed * LIMITS.considerationsPerSecondMax) / SECOND_MS);
    this.#filledAt = now;
  }

  /** One of each shard in turn while there is room; `take` is false for a shard that has none. I2, I3. */
  #take(shards: readonly ConsideredShard[], take: (shard: ConsideredShard, looked: Looked) => boolean): void {
    const looked = (): void => void this.#underWay--;
    for (let without = 0; without < shards.length; ) {
      if (this.#room < 1 || this.#underWay >= LIMITS.considerationsAtOnceMax) return;
      this.#at = (this.#at + 1) % shards.length;
      this.#underWay++;
      if (take(shards[this.#at] as ConsideredShard, looked)) {
        this.#room--;
        without = 0;
      } else {
        this.#underWay--;
        without++;
      }
    }
  }

  #walk({ enrolment, customerTimers }: ConsideredShard, looked: Looked): boolean {
    const next = enrolment.next();
    if (next === undefined) return false;
    customerTimers.look(next.id, (isRefused) => {
      next.looked(isRefused);
      looked(isRefused);
    });
    return true;
  }

  async #read(shard: ConsideredShard): Promise<void> {
    const { snapshots, observer } = this.#runtime;
    this.#reading++;
    try {
      await shard.enrolment.read({ shard: shard.id, snapshots, residents: shard.actorsById.keys() });
    } catch (fault) {
      observer.fault(`shard ${shard.id}: the customers to be considered could not be read`, fault);
    } finally {
      this.#reading--;
    }
  }

  /** What the policy in force asks for, in words that change when other customers, or at other hours, are to be considered. */
  #wantedNow(): string {
    const { policy } = this.#runtime;
    if (policy !== this.#wanted.policy) this.#wanted = { policy, text: wantedBy(policy) };
    return this.#wanted.text;
  }
}

function wantedBy(policy: Policy | undefined): string {
  if (policy === undefined || policy.consider.length === 0) return '';
  const reach = policyIndex(policy).proactiveReach.map(
    ({ channel: { id, reachableBy, consentRequired }, purpose }) =>
      `${id} ${purpose} ${consentRequired ? 'granted' : ''} ${reachableBy.join(' ')}`,
  );
  const quiet = [policy, ...(policy.service === undefined ? [] : [policy.service])]
    .map(({ quietFromMinute, quietToMinute }) => `${quietFromMinute}-${quietToMinute}`)
    .join(' ');
  // The first zone is the clock of who has none; more bounces allowed reach more customers.
  const [zone = ''] = policy.zones;
  return [considerText(policy.consider), quiet, zone, `${policy.bouncesMax} bounces`, ...reach].join('; ');
}
