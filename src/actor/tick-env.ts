/**
 * What all turns of a tick share, made again only where it changed since the tick before. Owned by the engine.
 *
 * I1  The columns are filled anew for each tick, so an env holds until the next one is asked for: ticks do not overlap.
 */
import { MINUTE_MS } from '../base/clock.ts';
import { LIMITS } from '../config/limits.ts';
import { CHANNELS } from '../core/channel.ts';
import type { DecideEnv } from '../core/decide/decide-env.ts';
import type { EventSetting } from '../core/event/derive-event.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Runtime } from './runtime.ts';

/** Where no policy says otherwise. */
const MARGIN_RATE = 0.3;

export class TickEnv {
  readonly #runtime: Runtime;
  readonly #backlogFull = new Uint8Array(CHANNELS.length);
  readonly #offsetMin: EventSetting['offsetMin'];
  #policy: Policy | undefined;
  #budgetUsed = new Float64Array(0);
  #budgetAllowance = new Float64Array(0);
  #offsetOfZones: readonly number[] = [];
  #minute = Number.NaN;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#offsetMin = (zone, at) => runtime.zones.offsetMin(zone, at);
  }

  /** Undefined while there is no policy. */
  decide(now: number): DecideEnv | undefined {
    const { policy, catalog, scorer, hub } = this.#runtime;
    if (policy === undefined) return undefined;
    this.#follow(policy, now);
    for (const channel of policy.channels)
      this.#backlogFull[channel.index] = hub.open(channel.index) >= channel.backlogMax ? 1 : 0;
    return {
      policy,
      catalog,
      now,
      model: scorer.info.version,
      head: 'prior',
      offsetOfZones: this.#offsetOfZones,
      backlogFull: this.#backlogFull,
      budgetUsed: this.#budgetUsed,
      budgetAllowance: this.#budgetAllowance,
      calibration: scorer.info.calibration,
    };
  }

  event(now: number): EventSetting {
    const { catalog, policy } = this.#runtime;
    return {
      now,
      catalog,
      marginRate: policy?.marginRate ?? MARGIN_RATE,
      offsetMin: this.#offsetMin,
      lateMsMax: LIMITS.eventAgeMsMax,
      aheadMsMax: LIMITS.eventAheadMsMax,
    };
  }

  #follow(policy: Policy, now: number): void {
    const { zones, bounds } = this.#runtime;
    // Clocks change at whole minutes UTC.
    const minute = Math.floor(now / MINUTE_MS);
    if (policy === this.#policy && minute === this.#minute) return;
    this.#minute = minute;
    this.#offsetOfZones = policy.zones.map((zone) => zones.offsetMin(zone, now));
    if (policy === this.#policy) return;
    this.#policy = policy;
    this.#backlogFull.fill(0);
    this.#budgetUsed = new Float64Array(policy.budgets.length);
    this.#budgetAllowance = Float64Array.from(policy.budgets, (budget) => budget.perDay / bounds.shards);
  }
}
