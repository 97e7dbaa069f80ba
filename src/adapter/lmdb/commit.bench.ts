/**
 * What one group commit costs: `node src/adapter/lmdb/commit.bench.ts [groups]` prints a JSON line per way to open LMDB and
 * size of group. CPU is the whole process (main thread, LMDB's writer thread, kernel), latency from append to durable.
 * Not measured: a file larger than memory, appends beside snapshot batches, a disk that others use.
 */
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import { scratchDirectory } from '../../port/scratch-directory.ts';
import { type LmdbOptions, openLmdb } from './environment.ts';
import { LmdbFactLog } from './lmdb-fact-log.ts';

const WAYS: Readonly<Record<string, LmdbOptions['lmdb']>> = {
  'as shipped': {},
  useWritemap: { useWritemap: true },
  'pages of 4 KiB': { pageSize: 4_096 },
  'without noMemInit': { noMemInit: false },
  'map of 4 GiB from the start': { mapSize: 4_294_967_296 },
  'without batching by event turn': { eventTurnBatching: false },
  'commitDelay 2 ms, no batching by event turn': { eventTurnBatching: false, commitDelay: 2 },
};

async function measure(
  way: string,
  lmdb: LmdbOptions['lmdb'],
  shards: number,
  bytes: number,
  groups: number,
): Promise<void> {
  const directory = scratchDirectory();
  const env = openLmdb(directory.path, lmdb === undefined ? {} : { lmdb });
  const log = new LmdbFactLog(env);
  const record = Buffer.alloc(bytes, 7);
  const latencies: number[] = [];
  const warmUp = Math.ceil(groups / 4);
  let cpu = process.cpuUsage();
  let commits = 0;
  for (let n = 0; n < groups + warmUp; n++) {
    if (n === warmUp) {
      cpu = process.cpuUsage();
      commits = env.commits.commits;
    }
    const started = performance.now();
    const group = Array.from({ length: shards }, (_, shard) => ({ shard, expectedLast: n, bytes: record }));
    let left = shards;
    await new Promise<void>((resolve, reject) => {
      log.appendAll(group, (_, fault) => {
        if (fault !== undefined) reject(fault);
        else if (--left === 0) resolve();
      });
    });
    if (n >= warmUp) latencies.push(performance.now() - started);
  }
  const used = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (q: number): number =>
    Number((latencies[Math.floor(q * (latencies.length - 1))] ?? 0).toFixed(3));
  console.log(
    JSON.stringify({
      way,
      shards,
      bytes,
      groups,
      commits: env.commits.commits - commits,
      cpuMicros: Math.round((used.user + used.system) / groups),
      latencyMs: { p50: at(0.5), p99: at(0.99) },
      machine: `${cpus().length} × ${cpus()[0]?.model ?? ''}`,
      node: process.version,
    }),
  );
  await env.close();
  directory.remove();
}

const groups = Number(process.argv[2] ?? 1_000);
for (const [way, lmdb] of Object.entries(WAYS)) {
  for (const [shards, bytes] of [
    [1, 1_500],
    [17, 1_500],
    [64, 1_500],
    [1, 60_000],
  ] as const) {
    await measure(way, lmdb, shards, bytes, groups);
  }
}
