/**
 * What one group of appends costs: `node src/adapter/disk/append.bench.ts [groups]` prints a JSON line per size of group, and
 * one for reading. CPU is the whole process (main thread, thread pool, kernel), latency from append to durable.
 * Not measured: a log larger than memory, appends beside snapshot batches, a disk that others use.
 */
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import { scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { DiskFactLog } from './disk-fact-log.ts';

const GROUPS = [
  [1, 1_500],
  [17, 1_500],
  [64, 950],
  [1, 60_000],
] as const;

async function measure(shards: number, bytes: number, groups: number): Promise<void> {
  const directory = scratchDirectory();
  const log = new DiskFactLog(directory.path);
  const record = Buffer.alloc(bytes, 7);
  const latencies: number[] = [];
  const warmUp = Math.ceil(groups / 4);
  let cpu = process.cpuUsage();
  for (let n = 0; n < groups + warmUp; n++) {
    if (n === warmUp) cpu = process.cpuUsage();
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
      shards,
      bytes,
      groups,
      cpuMicros: Math.round((used.user + used.system) / groups),
      latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
      readMicros: await readMicros(log, groups + warmUp),
      machine: `${cpus().length} × ${cpus()[0]?.model ?? ''}`,
      node: process.version,
    }),
  );
  await log.close();
  directory.remove();
}

/** Per record of one shard, in batches as the archive reads them, and one by one in no order. */
async function readMicros(log: DiskFactLog, records: number): Promise<{ batch: number; single: number }> {
  const started = performance.now();
  for (let from = 1; from <= records; from += 1_024) await log.read(0, from, 1_024);
  const between = performance.now();
  for (let n = 0; n < records; n++) await log.get(0, ((n * 7_919) % records) + 1);
  const over = performance.now();
  const micros = (ms: number): number => Number(((ms * 1_000) / records).toFixed(2));
  return { batch: micros(between - started), single: micros(over - between) };
}

const groups = Number(process.argv[2] ?? 1_000);
for (const [shards, bytes] of GROUPS) await measure(shards, bytes, groups);
