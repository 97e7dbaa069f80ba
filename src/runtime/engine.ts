// Long because the tick, its scorer run and the beat share one state, and its order is the runtime's order.
/**
 * The shards of one process and the ticks that drive them: one pass over all shards with work, one scorer run for all
 * rows, then one append per shard.
 *
 * I1  One tick at a time up to its appends; a shard whose append is in flight is passed over.
 * I2  While appends are in flight requests gather; the next tick starts when they are acknowledged, or after gatherMs,
 *     so that one slow log does not hold the others.
 */

import { INTERVALS, LIMITS } from '../config/limits.ts';
import { CHANNELS } from '../core/channel.ts';
import { FEATURES } from '../core/feature/feature-spec.ts';
import { PortError } from '../port/port-error.ts';
import { listAudience } from './delivery/list-audience.ts';
import { tellOfBreaker } from './delivery/tell-of-breaker.ts';
import { actorsLeadingTo } from './erasure/actors-leading-to.ts';
import { ChannelErasures } from './erasure/channel-erasures.ts';
import { Eraser } from './erasure/eraser.ts';
import { ErasureKeeper, HOT_MS_MAX } from './erasure/erasure-keeper.ts';
import { LocalPeer, type PeerShard } from './identity/local-peer.ts';
import type { RemoteChanges } from './remote-changes.ts';
import type { Runtime } from './runtime.ts';
import { archiveShard } from './shard/archiver.ts';
import type { Commit } from './shard/commit.ts';
import type { HistorySource } from './shard/history.ts';
import { type Neighbours, Shard } from './shard/shard.ts';
import { AudienceWalks } from './trigger/audience-walks.ts';
import { Considerations } from './trigger/considerations.ts';
import type { TimerQueue } from './trigger/timer-queue.ts';
import { type Scores, Scoring } from './turn/scoring.ts';
import { TickEnvironment } from './turn/tick-environment.ts';
import type { ScoreRows } from './turn/turn.ts';

/** Room for one decision more than the bound: the turn stops taking when it is reached. */
const ROWS_SLACK = CHANNELS.length * 8;

/**
 * A tick lingers when so many shards wait (one request alone says nothing of more to come), and goes at so many: what a
 * commit costs is then a small part of what they cost together.
 */
const LINGER_SHARDS_MIN = 2;
const LINGER_SHARDS_MAX = 24;

export interface EngineOptions {
  /** The longest that a tick waits for the scorer; default LIMITS.scorerWaitMsMax. */
  readonly scorerWaitMsMax?: number;
  /** A shard as it is spoken to, wherever it is served; default: in this engine. */
  readonly shardAt?: (id: number) => PeerShard;
  /** The address of another node that serves a shard; '': it is this one's, or nobody's. Default: ''. */
  readonly ownerOf?: (id: number) => string;
  /** What is committed on other nodes; absent: there is none. */
  readonly remote?: RemoteChanges;
}

export class Engine {
  readonly runtime: Runtime;
  readonly shards: readonly Shard[];
  /** All shards as they are spoken to, by number, wherever they are served. */
  readonly doors: readonly PeerShard[];
  /** The address of another node that serves a shard; '': it is this one's, or nobody's. */
  readonly ownerOf: (id: number) => string;
  readonly remote: RemoteChanges | undefined;
  readonly eraser: Eraser;
  readonly channelErasures: ChannelErasures;
  readonly scoring: Scoring;
  readonly #erasureKeeper: ErasureKeeper;
  readonly #rows: ScoreRows;
  readonly #env: TickEnvironment;
  readonly #considerations: Considerations;
  readonly #audiences: AudienceWalks;
  #ready: Shard[] = [];
  readonly #isReady: Uint8Array;
  #scheduled = false;
  #ticking = false;
  /** The group of appends that requests gather behind, 0: none. */
  #gathering = 0;
  #groups = 0;
  /** Ends the lingering under way. */
  #endLinger: (() => void) | undefined;
  #running = false;
  #armedAt = 0;
  #disarm: () => void = () => {};
  #archiving = false;
  #archivedAt = 0;
  #stages = { begin: 0, score: 0, finish: 0, append: 0, ticks: 0, requests: 0 };

  constructor(runtime: Runtime, options: EngineOptions = {}) {
    this.runtime = runtime;
    this.scoring = new Scoring(runtime, options.scorerWaitMsMax ?? LIMITS.scorerWaitMsMax);
    const shardAt = options.shardAt ?? ((id: number): PeerShard => this.shards[id] as Shard);
    this.doors = Array.from({ length: runtime.bounds.shards }, (_, id) => ({
      submit: (request) => shardAt(id).submit(request),
      decisionRef: (seq, index) => shardAt(id).decisionRef(seq, index),
      saveNow: () => shardAt(id).saveNow(),
      membersIn: (audience, after, limit) => shardAt(id).membersIn(audience, after, limit),
    }));
    this.ownerOf = options.ownerOf ?? (() => '');
    this.remote = options.remote;
    const { shards } = runtime.bounds;
    const neighbours: Neighbours = {
      peer: new LocalPeer(shards, shardAt),
      send: (request) => shardAt(request.to.hash % shards).submit(request),
      mayBeElsewhere: options.ownerOf !== undefined,
    };
    this.shards = Array.from(
      { length: runtime.bounds.shards },
      (_, id) => new Shard(id, runtime, neighbours, (shard) => this.#notify(shard)),
    );
    this.channelErasures = new ChannelErasures(runtime);
    const leadingTo = (customer: string) => actorsLeadingTo(this, customer);
    this.eraser = new Eraser({ runtime, peer: neighbours.peer, leadingTo });
    this.#erasureKeeper = new ErasureKeeper({ runtime, eraser: this.eraser, channels: this.channelErasures });
    this.#env = new TickEnvironment(runtime, options.ownerOf === undefined ? this.shards : []);
    this.#considerations = new Considerations(runtime, this.shards);
    this.#audiences = new AudienceWalks(runtime, this.shards, (audience, from, looks) =>
      listAudience(this.shards.slice(0, from.shard + 1), audience, from, looks, looks),
    );
    this.#isReady = new Uint8Array(runtime.bounds.shards);
    const max = LIMITS.tickRowsMax;
    this.#rows = {
      features: new Float32Array((max + ROWS_SLACK) * FEATURES.length),
      channels: new Uint8Array(max + ROWS_SLACK),
      width: FEATURES.length,
      max,
      count: 0,
    };
    runtime.channels.onCredit = (channel) => {
      const now = runtime.clock.now();
      for (const shard of this.shards) shard.dispatcher.attemptDue(now, channel);
    };
    runtime.channels.onBreaker = (channel, breaker) => tellOfBreaker(runtime, channel, breaker);
  }

  /** Shards whose old records could not be archived when that was tried last. */
  readonly unarchived = new Set<number>();

  /**
   * Opens the shards given (default: every one) and begins to beat; resolves when they serve. Others are opened one by
   * one as their leases are won (`shard.open`). Throws the first PortError.
   */
  async start(shards: readonly Shard[] = this.shards): Promise<void> {
    this.#running = true;
    this.runtime.channels.start(this.runtime.clock.now());
    await Promise.all(shards.map((shard) => shard.open()));
    this.#beat();
  }

  /** Finishes what was accepted, saves all, closes the shards. */
  async stop(): Promise<void> {
    this.#disarm();
    this.#considerations.stop();
    this.#audiences.stop();
    this.#erasureKeeper.stop();
    await Promise.all(this.shards.map((shard) => shard.close()));
    this.#running = false;
  }

  /** Work is under way or waiting; what only time will bring does not count. */
  get busy(): boolean {
    return (
      this.#scheduled ||
      this.#ticking ||
      this.#endLinger !== undefined ||
      this.#archiving ||
      this.#considerations.busy ||
      this.#audiences.busy ||
      this.shards.some((shard) => shard.busy)
    );
  }

  /** This engine's, served here or not. */
  shardOf(hash: number): Shard {
    return this.shards[hash % this.shards.length] as Shard;
  }

  /** As a shard is spoken to, wherever it is served. */
  doorOf(hash: number): PeerShard {
    return this.doors[hash % this.shards.length] as PeerShard;
  }

  /** What the log of a shard has, for a look into the past. Throws PortError. */
  async pastOf(hash: number): Promise<HistorySource> {
    const shard = this.shardOf(hash);
    const { id } = shard;
    if (this.ownerOf(id) === '') return shard;
    const { last } = await this.runtime.log.bounds(id);
    const door = this.doorOf(id);
    return {
      id,
      runtime: this.runtime,
      sequence: last,
      decisionRef: (seq, index) => door.decisionRef(seq, index),
    };
  }

  /** Milliseconds spent per stage since the start, with ticks and requests, for benches and metrics. */
  get stages(): Readonly<Record<'begin' | 'score' | 'finish' | 'append' | 'ticks' | 'requests', number>> {
    return this.#stages;
  }

  #notify(shard: Shard): void {
    if (this.#isReady[shard.id] === 0) {
      this.#isReady[shard.id] = 1;
      this.#ready.push(shard);
    }
    if (this.#ready.length >= LINGER_SHARDS_MAX) this.#endLinger?.();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#ticking || this.#gathering !== 0 || this.#endLinger !== undefined) return;
    this.#scheduled = true;
    this.runtime.clock.soon(() => {
      this.#scheduled = false;
      void this.#tick();
    });
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      const turns = this.#begin();
      if (turns.length > 0) {
        const { logits, fallback } = await this.#score(turns);
        this.#finish(turns, logits, fallback);
      }
    } catch (fault) {
      // Shards catch their own; this is a bug of the engine.
      this.runtime.observer.fault('a tick failed', fault);
    } finally {
      this.#ticking = false;
    }
    // Else once the appends are settled: timers change with them.
    if (this.#gathering === 0) this.#rearm();
    if (this.#ready.some((shard) => shard.canTurn)) this.#schedule();
  }

  /** Step 1 of every shard that has work and no append in flight. */
  #begin(): Shard[] {
    const started = performance.now();
    const now = this.runtime.clock.now();
    const env = this.#env.decide(now);
    const setting = this.#env.event(now);
    const turns: Shard[] = [];
    const waiting = this.#ready;
    this.#ready = [];
    this.#rows.count = 0;
    for (const shard of waiting) {
      if (!shard.canTurn || this.#rows.count >= this.#rows.max) {
        // Its append is in flight (it notifies again when it is back), or the tick is full.
        if (shard.canTurn) this.#ready.push(shard);
        else this.#isReady[shard.id] = 0;
        continue;
      }
      this.#isReady[shard.id] = 0;
      if (!shard.mayServe(now)) {
        shard.lose('its lease ran out');
        continue;
      }
      const taken = shard.beginTurn(now, env, setting, this.#rows);
      if (taken === undefined) continue;
      this.#stages.requests += taken;
      turns.push(shard);
    }
    this.#stages.ticks++;
    this.#stages.begin += performance.now() - started;
    return turns;
  }

  /** Scores within the earliest deadline of those whose answers wait for them: held requests are behind this tick too. */
  async #score(turns: readonly Shard[]): Promise<Scores> {
    const started = performance.now();
    const now = this.runtime.clock.now();
    let deadlineAt = Number.POSITIVE_INFINITY;
    if (this.#rows.count > 0)
      for (const shard of turns) deadlineAt = Math.min(deadlineAt, shard.turnDeadline(now));
    const scores = await this.scoring.score(this.#rows, deadlineAt);
    this.#stages.score += performance.now() - started;
    return scores;
  }

  #finish(turns: readonly Shard[], logits: Float32Array, isFallback: boolean): void {
    const started = performance.now();
    const commits: Commit[] = [];
    for (const shard of turns) {
      const commit = shard.finishTurn(logits, isFallback);
      if (commit !== undefined) commits.push(commit);
    }
    this.#stages.finish += performance.now() - started;
    if (commits.length > 0) this.#append(commits);
  }

  /** One call for the tick; each shard goes on when its own record is settled. */
  #append(commits: readonly Commit[]): void {
    const started = performance.now();
    let left = commits.length;
    const group = ++this.#groups;
    this.#gathering = group;
    const over = (): void => {
      // Given up, and another tick went ahead.
      if (this.#gathering !== group) return;
      this.#gathering = 0;
      this.#lingerOrGoOn();
    };
    const cancel = this.runtime.clock.after(this.runtime.bounds.gatherMs, over);
    const settled = (at: number, fault: unknown): void => {
      if (!this.#settle(commits[at] as Commit, fault) || --left > 0) return;
      this.#stages.append += performance.now() - started;
      cancel();
      over();
      this.#rearm();
    };
    try {
      this.runtime.log.appendAll(commits, settled);
    } catch (fault) {
      // A log that throws has failed like one that rejects; what it had taken up already it may still settle, in vain.
      for (let at = 0; at < commits.length; at++) settled(at, fault);
    }
  }

  /** False when it was settled before. */
  #settle(commit: Commit, fault: unknown): boolean {
    try {
      return commit.settle(fault);
    } catch (bug) {
      // Of this shard's own, and no matter of the others in the group.
      void this.shards[commit.shard]?.breakTurn(bug);
      return true;
    }
  }

  /** With nothing waiting, whoever comes next goes at once; with enough, they go; else more are let in. */
  #lingerOrGoOn(): void {
    const { clock, bounds } = this.runtime;
    const waiting = this.#ready.length;
    const few = waiting >= LINGER_SHARDS_MIN && waiting < LINGER_SHARDS_MAX;
    if (waiting === 0) return;
    if (!few || bounds.lingerMs === 0) return this.#schedule();
    const end = (): void => {
      if (this.#endLinger !== end) return;
      this.#endLinger = undefined;
      cancel();
      this.#schedule();
    };
    const cancel = clock.after(bounds.lingerMs, end);
    this.#endLinger = end;
  }

  /** What time brings: timers, overdue dispatches, snapshots, passivation, the archive. */
  #beat(): void {
    if (!this.#running) return;
    const now = this.runtime.clock.now();
    this.runtime.heap?.look();
    for (const shard of this.shards) {
      if (!shard.isServing) continue;
      try {
        this.#beatShard(shard, now);
      } catch (bug) {
        // Thrown out of a timer it would end the process.
        this.runtime.observer.fault(`shard ${shard.id}: what time brings could not be done`, bug);
      }
    }
    this.#considerations.beat();
    this.#audiences.beat();
    this.#archive(now);
    this.#armedAt = 0;
    this.#rearm();
  }

  /** Customers who are due before long come from the store into memory. */
  #loadDue(shard: Shard, now: number): void {
    if (!shard.isIdle) return;
    const { timers, considerations, customerTimers } = shard;
    const isShort = ({ horizon }: TimerQueue): boolean => horizon - now < LIMITS.timerHorizonMs / 2;
    const load = (loaded: Promise<void>): void =>
      void loaded.then(
        () => this.#rearm(),
        (fault: unknown) => {
          this.runtime.observer.fault(`shard ${shard.id}: timers could not be loaded`, fault);
          // The store lost what it had, or was cleared.
          if (fault instanceof PortError && fault.kind === 'conflict') void shard.startOver();
        },
      );
    if (isShort(timers)) load(customerTimers.load(now));
    if (isShort(considerations) && considerations.size < LIMITS.considerationsAheadMax / 2)
      load(customerTimers.loadConsiderations(now));
  }

  #beatShard(shard: Shard, now: number): void {
    if (!shard.mayServe(now)) {
      shard.lose('its lease ran out');
      return;
    }
    this.#loadDue(shard, now);
    if (shard.timers.next !== 0 && shard.timers.next <= now) shard.customerTimers.submitDue(now);
    shard.dispatcher.attemptDue(now, -1);
    shard.writer.beat(now);
    const { bounds, heap } = this.runtime;
    // What memory is given back for: to serve again.
    const isShort = heap !== undefined && heap.room !== 'enough';
    const keep = isShort ? Math.floor(shard.actors.size / 2) : bounds.residentPerShardMax;
    if (shard.actors.passivate(keep)) shard.writer.hurry();
  }

  #archive(now: number): void {
    if (this.#archiving || now - this.#archivedAt < INTERVALS.archiveEveryMs) return;
    this.#archiving = true;
    this.#archivedAt = now;
    const run = async (): Promise<void> => {
      for (const shard of this.shards) if (shard.isServing) await this.#archiveOf(shard, now);
      await this.#erasureKeeper.pass(this.shards[0]?.isServing === true);
    };
    void run().finally(() => {
      this.#archiving = false;
    });
  }

  /** One shard that cannot be archived does not hold up the others; it is told when that begins. */
  async #archiveOf(shard: Shard, now: number): Promise<void> {
    try {
      const { hotMs } = this.runtime.bounds;
      const isWaitedFor = this.runtime.erasures.pending.length > 0;
      const keepMs = isWaitedFor ? Math.min(hotMs, HOT_MS_MAX) : hotMs;
      await archiveShard(shard, now, undefined, keepMs, isWaitedFor);
      this.unarchived.delete(shard.id);
    } catch (fault) {
      if (!this.unarchived.has(shard.id))
        this.runtime.observer.fault(`shard ${shard.id}: its old records cannot be archived`, fault);
      this.unarchived.add(shard.id);
    }
  }

  /** How many dispatches of the shards served here wait for a credit of a channel, counted up to `max`. */
  waitingFor(channel: number, max: number): number {
    const now = this.runtime.clock.now();
    let found = 0;
    for (const shard of this.shards) {
      if (found >= max) break;
      if (shard.isServing) found += shard.dispatcher.waitingFor(channel, now, max - found);
    }
    return found;
  }

  /** The next beat: at the earliest timer, at most one beat interval away. */
  #rearm(): void {
    if (!this.#running) return;
    const now = this.runtime.clock.now();
    let next = now + this.runtime.bounds.beatMs;
    for (const shard of this.shards) {
      const due = shard.timers.next;
      if (due !== 0 && due < next) next = due;
      const considered = shard.considerations.next;
      if (considered !== 0 && considered <= now) this.#considerations.wake();
      else if (considered !== 0 && considered < next) next = considered;
      if (shard.outbox.size > 0) next = Math.min(next, now + INTERVALS.outboxBeatMs);
    }
    next = Math.max(next, now + 1);
    if (this.#armedAt !== 0 && this.#armedAt <= next) return;
    this.#disarm();
    this.#armedAt = next;
    this.#disarm = this.runtime.clock.after(next - now, () => this.#beat());
  }
}
