/**
 * What all turns of a tick share, made again only where it changed since the tick before. Owned by the engine.
 *
 * I1  The columns are filled anew for each tick, so an env holds until the next one is asked for: ticks do not overlap.
 * I2  Where one node has all shards, budgets are counted over all of them: the day's sum never passes an allowance. Of several nodes none counts them: each
 *     shard has a part of its own (shard/budget-part.ts).
 */
import { MINUTE_MS } from '../../base/clock.ts';
import { LIMITS } from '../../config/limits.ts';
import { baseRateShift } from '../../core/arbitration/base-rate.ts';
import { NO_SPECS } from '../../core/attribute/attribute.ts';
import { isSentOn } from '../../core/audience/joins-audience.ts';
import { civilDay } from '../../core/calendar/civil-time.ts';
import { CHANNELS } from '../../core/channel.ts';
import type { DecideEnv } from '../../core/decide/decide-env.ts';
import type { EventSetting } from '../../core/event/derive-event.ts';
import type { BudgetLedger } from '../../core/ledger/budget-ledger.ts';
import { NO_PAUSES, NO_STOPS, type Stops, stopsOf } from '../../core/pause/pause.ts';
import type { ChannelPolicy, Policy } from '../../core/policy/policy.ts';
import type { Runtime } from '../runtime.ts';

/** Where no policy says otherwise. */
const MARGIN_RATE = 0.3;
const NO_CHANNELS: readonly ChannelPolicy[] = [];
const NO_RATES: ReadonlyMap<string, number> = new Map();

/** A shard, for what its customers draw on budgets. */
export interface Budgeted {
  readonly budgets: BudgetLedger;
}

export class TickEnvironment {
  readonly #runtime: Runtime;
  readonly #shards: readonly Budgeted[];
  readonly #backlogFull = new Uint8Array(CHANNELS.length);
  #policy: Policy | undefined;
  #pauses = NO_PAUSES;
  #stops: Stops = NO_STOPS;
  #budgetUsed = new Float64Array(0);
  #budgetIndex: ReadonlyMap<string, number> = new Map();
  #offsetOfZones: readonly number[] = [];
  #minute = Number.NaN;
  /** Channels on which something goes out by itself: bits `1 << channel`. */
  #pushChannels = 0;

  /** `shards`: whose draws count together; none where other nodes may serve some of them. */
  constructor(runtime: Runtime, shards: readonly Budgeted[]) {
    this.#runtime = runtime;
    this.#shards = shards;
  }

  /** Undefined while there is no policy. */
  decide(now: number): DecideEnv | undefined {
    const { policy, catalog, scorer, channels, zones, formats } = this.#runtime;
    if (policy === undefined) return undefined;
    this.#follow(policy, now);
    for (const channel of policy.channels)
      this.#backlogFull[channel.index] = channels.open(channel.index) >= channel.backlogMax ? 1 : 0;
    this.#countBudgets(now);
    return {
      policy,
      catalog,
      now,
      model: scorer.info.version,
      head: 'prior',
      zones,
      formats,
      offsetOfZones: this.#offsetOfZones,
      backlogFull: this.#backlogFull,
      stops: this.#stops,
      unserved: channels.unserved(now) & this.#pushChannels,
      failing: channels.failing & this.#pushChannels,
      budgetUsed: this.#budgetUsed,
      calibration: scorer.info.calibration,
      p0Shift: baseRateShift(policy.buysPerWeek, scorer.info.buysPerWeek),
    };
  }

  event(now: number): EventSetting {
    const { catalog, policy, zones } = this.#runtime;
    return {
      now,
      catalog,
      marginRate: policy?.marginRate ?? MARGIN_RATE,
      zones,
      currency: policy?.currency ?? '',
      rates: policy?.rates ?? NO_RATES,
      channels: policy?.channels ?? NO_CHANNELS,
      attributes: policy?.attributes ?? NO_SPECS,
      lateMsMax: LIMITS.eventAgeMsMax,
      aheadMsMax: LIMITS.eventAheadMsMax,
    };
  }

  #follow(policy: Policy, now: number): void {
    const { zones, pauses } = this.#runtime;
    if (policy !== this.#policy || pauses !== this.#pauses) this.#stops = stopsOf(pauses, policy);
    this.#pauses = pauses;
    // Clocks change at whole minutes UTC.
    const minute = Math.floor(now / MINUTE_MS);
    if (policy === this.#policy && minute === this.#minute) return;
    this.#minute = minute;
    this.#offsetOfZones = policy.zones.map((zone) => zones.offsetMin(zone, now));
    if (policy === this.#policy) return;
    this.#policy = policy;
    this.#pushChannels = 0;
    for (const channel of policy.channels)
      if (isSentOn(policy, channel)) this.#pushChannels |= 1 << channel.index;
    this.#backlogFull.fill(0);
    this.#budgetUsed = new Float64Array(policy.budgets.length);
    this.#budgetIndex = new Map(policy.budgets.map((budget) => [budget.id, budget.index]));
  }

  /** I2 */
  #countBudgets(now: number): void {
    if (this.#budgetUsed.length === 0) return;
    this.#budgetUsed.fill(0);
    const day = civilDay(now, this.#offsetOfZones[0] ?? 0);
    for (let i = 0; i < this.#shards.length; i++) {
      const ledger = (this.#shards[i] as Budgeted).budgets;
      ledger.endWindows(now);
      ledger.addTo(this.#budgetUsed, day, this.#budgetIndex);
    }
  }
}
