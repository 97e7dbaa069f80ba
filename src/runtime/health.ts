import { SECOND_MS } from '../base/clock.ts';
import { INTERVALS, LIMITS } from '../config/limits.ts';
import { isSentOn } from '../core/audience/joins-audience.ts';
import { CHANNELS } from '../core/channel.ts';
import { targetText } from '../core/pause/pause.ts';
import type { ChannelPolicy } from '../core/policy/policy.ts';
import type { HealthCode, HealthReason, NodeHealth, NodeState } from '../port/node-health.ts';
import type { CommitWatch } from './commit-watch.ts';
import type { Engine } from './engine.ts';

/** Fewer than half of the shards may be served for so long: a takeover or a restart takes less. */
const UNDER_HALF_MS = 5 * SECOND_MS;
/** The log's own watchdog gives a write up after as long. */
const STALLED_MS = 30 * SECOND_MS;

/** The health of a node, read from its engine whenever somebody asks: it keeps nothing but whether the node drains. */
export class HealthCheck implements NodeHealth {
  readonly #engine: Engine;
  readonly #commits: CommitWatch;
  readonly #shared: () => readonly HealthReason[];
  #isDraining = false;

  /** `shared`: what somebody should look at of stores that other nodes write to. */
  constructor(engine: Engine, commits: CommitWatch, shared: () => readonly HealthReason[] = () => []) {
    this.#engine = engine;
    this.#commits = commits;
    this.#shared = shared;
  }

  /** The node takes no new work from now on. */
  drain(): void {
    this.#isDraining = true;
  }

  state(): NodeState {
    const grave = this.#grave();
    const { lost, missing } = this.#unserved();
    const slight = [...this.#slight(), ...this.#shared(), ...lost, ...this.#failing()];
    const status = grave.length > 0 ? 'not_serving' : slight.length > 0 ? 'degraded' : 'serving';
    return { status, reasons: [...grave, ...slight, ...missing, ...this.#paused()] };
  }

  stalled(): HealthReason | undefined {
    const { stalledMs } = this.#commits;
    if (stalledMs < STALLED_MS) return undefined;
    return reason('commits_stalled', `the log has answered no append for ${seconds(stalledMs)} s`);
  }

  /** Why nothing should be sent here. */
  #grave(): HealthReason[] {
    const { runtime, shards } = this.#engine;
    const found: HealthReason[] = [];
    if (this.#isDraining) found.push(reason('draining', 'the node is shutting down'));
    if (runtime.policy === undefined) found.push(reason('no_policy', 'no policy is in force: apply one'));
    const full = shards.filter((shard) => shard.hasNoRoom).length;
    if (full > 0)
      found.push(reason('disk_full', `the log has no room, of ${full} shards at least: free some space`));
    const { heap } = runtime;
    if (heap !== undefined && heap.room !== 'enough')
      found.push(reason('memory_short', `${heap.percent} % of the heap is in use, and requests are refused`));
    const stalled = this.stalled();
    if (stalled !== undefined) found.push(stalled);
    const { down, underHalfMs } = this.#down();
    if (underHalfMs >= UNDER_HALF_MS)
      found.push(
        reason(
          'shards_down',
          `${down} of ${shards.length} shards are not served, more than half for ${seconds(underHalfMs)} s`,
        ),
      );
    const quarantined = this.#quarantined();
    if (quarantined > LIMITS.quarantinedMax) found.push(setAside(quarantined));
    return found;
  }

  /** What somebody should look at. */
  #slight(): HealthReason[] {
    const { scoring, runtime, shards } = this.#engine;
    const found: HealthReason[] = [];
    const { down, underHalfMs } = this.#down();
    if (down > 0 && underHalfMs < UNDER_HALF_MS)
      found.push(reason('shards_recovering', `${down} of ${shards.length} shards are not served`));
    const quarantined = this.#quarantined();
    if (quarantined > 0 && quarantined <= LIMITS.quarantinedMax) found.push(setAside(quarantined));
    const failing = shards.filter((shard) => shard.writer.isFailing).length;
    if (failing > 0)
      found.push(reason('snapshots_failing', `the profiles of ${failing} shards can not be saved`));
    const unarchived = this.#engine.unarchived.size;
    if (unarchived > 0)
      found.push(
        reason(
          'archive_failing',
          `old records of ${unarchived} shards can not be archived: the hot log grows`,
        ),
      );
    if (scoring.isResting)
      found.push(reason('scorer_late', 'the scorer is late again and again: base rates answer'));
    if (runtime.scorer.info.isStandIn === true)
      found.push(reason('scorer_refused', 'the model was refused at the start: base rates answer'));
    return found;
  }

  /**
   * Push channels that nobody serves: `lost` where a channel system left, or messages wait for one, which somebody should
   * look at; `missing` where none was ever there and nothing waits, as in a shop that does not use the channel.
   */
  #unserved(): { readonly lost: readonly HealthReason[]; readonly missing: readonly HealthReason[] } {
    const { channels, clock, policy } = this.#engine.runtime;
    const unserved = channels.unserved(clock.now());
    const found =
      policy?.channels.filter(
        (channel) => isSentOn(policy, channel) && (unserved & (1 << channel.index)) !== 0,
      ) ?? [];
    const isLost = ({ index }: ChannelPolicy): boolean =>
      channels.wasServed(index) || channels.open(index) > 0;
    const waiting = found.reduce((sum, { index }) => sum + channels.open(index), 0);
    const told = (which: readonly ChannelPolicy[], what: string): HealthReason[] => {
      const names = which.map(({ id }) => id).join(', ');
      const text = `no channel system has served ${names} for ${seconds(INTERVALS.channelUnservedMs)} s or more${what}`;
      return which.length === 0 ? [] : [reason('channel_unserved', text)];
    };
    return {
      lost: told(found.filter(isLost), `: ${waiting} dispatches wait for one`),
      missing: told(
        found.filter((channel) => !isLost(channel)),
        '; messages go another way where there is one',
      ),
    };
  }

  /** Channels whose systems refuse for now, or stay silent, again and again. */
  #failing(): HealthReason[] {
    const { channels, clock } = this.#engine.runtime;
    return CHANNELS.flatMap((name, channel) => {
      const { isOpen, openedAt } = channels.breaker(channel);
      if (!isOpen) return [];
      const what = `${name} has refused deliveries for now, or not answered them, for ${seconds(clock.now() - openedAt)} s`;
      const text = `${what}: ${channels.open(channel)} dispatches wait, and one is tried at a time`;
      return [reason('channel_failing', text)];
    });
  }

  /** As somebody wanted it: worth knowing, since it is forgotten easily. */
  #paused(): HealthReason[] {
    const { list } = this.#engine.runtime.pauses;
    if (list.length === 0) return [];
    return [reason('paused', `paused by a call: ${list.map(targetText).join(', ')}; see attune paused`)];
  }

  /** How many shards are not served, and for how long that has been more than half of them: 0 when it is not. */
  #down(): { readonly down: number; readonly underHalfMs: number } {
    const { runtime, shards } = this.#engine;
    const since = shards
      .filter(({ id }) => this.#engine.ownerOf(id) === '')
      .map((shard) => shard.downSince)
      .filter((at) => at > 0);
    // The one that made it more than half.
    const crossed = since.sort((a, b) => a - b)[Math.floor(shards.length / 2)];
    return { down: since.length, underHalfMs: crossed === undefined ? 0 : runtime.clock.now() - crossed };
  }

  #quarantined(): number {
    return this.#engine.shards.reduce((sum, shard) => sum + shard.actors.quarantined.size, 0);
  }
}

/** A bug of ours, of which another node may be free; or what is stored is damaged for good. */
function setAside(count: number): HealthReason {
  return reason(
    'quarantined',
    `${count} customers are quarantined: their facts failed again and again, or their profiles are damaged and no copy has them; see the service log`,
  );
}

function reason(code: HealthCode, message: string): HealthReason {
  return { code, message };
}

function seconds(ms: number): number {
  return Math.floor(ms / SECOND_MS);
}
