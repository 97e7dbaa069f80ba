/**
 * Writers who take themselves for the owner of one shard, on real servers of NATS: in each round all of them append behind the same record, some of them late, after another one
 * went on. The log must take one record a place, and tell no two that theirs is it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { JetStreamFactLog } from '../../adapter/nats/jetstream-fact-log.ts';
import { NatsDoor } from '../../adapter/nats/nats-door.ts';
import type { Rng } from '../../base/rng.ts';
import { seedRng } from '../../base/rng.ts';
import { PortError } from '../../port/port-error.ts';
import { startNatsCluster } from '../servers/nats-cluster.ts';
import { type NatsServer, startNatsServer } from '../servers/nats-server.ts';

const WRITERS = 2;
const SHARD = 0;
/** Every so many rounds a writer comes late, with what it took for the end before. */
const LATE_SHARE = 0.2;
const ELECTION_MS_MAX = 30_000;
const READ_AT_ONCE = 1_000;

export interface RaceReport {
  readonly servers: number;
  readonly rounds: number;
  /** Rounds in which two writers were told that their record is in one place. */
  readonly bothAccepted: number;
  /** Acknowledged records that are not where their writer was told, and others that stand there. */
  readonly misplaced: number;
  /** Appends of a writer who came late that were acknowledged. */
  readonly lateAccepted: number;
  /** How appends ended. */
  readonly accepted: number;
  readonly refused: number;
  readonly unknown: number;
}

export interface RacePlan {
  readonly rounds: number;
  readonly servers: number;
  readonly seed: number;
  /** A fresh directory. */
  readonly directory: string;
  readonly progress: (rounds: number) => void;
}

/** Throws what the servers throw. */
export async function runRace({ rounds, servers, seed, directory, progress }: RacePlan): Promise<RaceReport> {
  const rng = seedRng(seed, 0x4ace);
  const started: NatsServer[] =
    servers === 1 ? [await startNatsServer({ directory })] : await startNatsCluster(directory, servers);
  const doors = Array.from({ length: WRITERS }, (_, at) => doorTo(started, at));
  try {
    const options = { prefix: 'race', replicas: servers, maxBytes: 256 * 2 ** 20 };
    const writers = doors.map((door) => new JetStreamFactLog(door, options));
    const race = new Race(writers, rng);
    await race.ready();
    for (let round = 1; round <= rounds; round++) {
      await race.round(round);
      if (round % 100 === 0) progress(round);
    }
    return { servers, rounds, ...(await race.end()) };
  } finally {
    for (const door of doors) await door.close();
    for (const server of started) {
      server.signal('SIGKILL');
      await server.ended;
    }
  }
}

/** Each writer over another server, where there are several. */
function doorTo(servers: readonly NatsServer[], at: number): NatsDoor {
  return new NatsDoor({
    ...{ servers: [(servers[at % servers.length] as NatsServer).address], name: `writer-${at}` },
    ...{ dialMs: 2_000, redialMs: 100, answerMs: 5_000, steadyMs: () => performance.now() },
  });
}

class Race {
  readonly #writers: readonly JetStreamFactLog[];
  readonly #rng: Rng;
  /** Of each place the writer who was told that it is theirs. */
  readonly #owners = new Map<number, string>();
  readonly #counts = { bothAccepted: 0, lateAccepted: 0, accepted: 0, refused: 0, unknown: 0 };
  #last = 0;

  constructor(writers: readonly JetStreamFactLog[], rng: Rng) {
    this.#writers = writers;
    this.#rng = rng;
  }

  /** Servers that replicate elect a leader first. */
  async ready(): Promise<void> {
    const until = performance.now() + ELECTION_MS_MAX;
    for (;;) {
      try {
        for (const writer of this.#writers) await writer.bounds(SHARD);
        return;
      } catch (fault) {
        if (performance.now() > until) throw fault;
        await pause(200);
      }
    }
  }

  async round(round: number): Promise<void> {
    const last = this.#last;
    const before = this.#counts.accepted;
    await Promise.all(this.#writers.map((writer, at) => this.#append(writer, last, `${round} ${at}`)));
    if (this.#counts.accepted - before > 1) this.#counts.bothAccepted++;
    const { last: end } = await (this.#writers[0] as JetStreamFactLog).bounds(SHARD);
    if (this.#rng.float() < LATE_SHARE && end > 1) {
      const late = this.#writers[this.#rng.intBelow(WRITERS)] as JetStreamFactLog;
      const taken = this.#counts.accepted;
      await this.#append(late, end - 1 - this.#rng.intBelow(Math.min(3, end - 1)), `${round} late`);
      this.#counts.lateAccepted += this.#counts.accepted - taken;
    }
    this.#last = end;
  }

  async #append(writer: JetStreamFactLog, behind: number, text: string): Promise<void> {
    const counts = this.#counts;
    try {
      await writer.append(SHARD, behind, Buffer.from(text));
      counts.accepted++;
      this.#owners.set(behind + 1, text);
    } catch (fault) {
      if (!(fault instanceof PortError)) throw fault;
      if (fault.kind === 'conflict') counts.refused++;
      else counts.unknown++;
    }
  }

  /** Reads all of it back. */
  async end(): Promise<Omit<RaceReport, 'servers' | 'rounds'>> {
    const [reader] = this.#writers as [JetStreamFactLog];
    let misplaced = 0;
    let found = 0;
    for (let from = 1; ; from += READ_AT_ONCE) {
      const records = await reader.read(SHARD, from, READ_AT_ONCE);
      for (const { sequence, bytes } of records) {
        const owner = this.#owners.get(sequence);
        if (owner !== undefined) found++;
        if (owner !== undefined && owner !== Buffer.from(bytes).toString()) misplaced++;
      }
      if (records.length < READ_AT_ONCE) break;
    }
    return { ...this.#counts, misplaced: misplaced + this.#owners.size - found };
  }
}
