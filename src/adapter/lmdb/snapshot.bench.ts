/**
 * What a saved customer takes on disk and costs to write: `node src/adapter/lmdb/snapshot.bench.ts [customers] [bytes]`
 * prints a JSON line per page size. Random ids into 64 shards in batches of 64, snapshots of `bytes` ± 30 %, every other
 * customer with a timer. Not measured: the disk (nothing is synced), a file larger than memory.
 */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { cpus } from 'node:os';
import { scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import type { SnapshotPut } from '../../port/snapshot-store.ts';
import { openLmdb } from './environment.ts';
import { LmdbSnapshotStore } from './lmdb-snapshot-store.ts';
import type { Table } from './table.ts';

const SHARDS = 64;
const BATCH = 64;

const customers = Number(process.argv[2] ?? 200_000);
const bytes = Number(process.argv[3] ?? 500);
for (const pageSize of [4_096, 8_192]) await measure(pageSize);

async function measure(pageSize: number): Promise<void> {
  const directory = scratchDirectory();
  const env = openLmdb(directory.path, { lmdb: { pageSize, noSync: true } });
  const store = new LmdbSnapshotStore(env);
  const counters = new Array<number>(SHARDS).fill(0);
  const ids: string[] = [];
  const cpu = process.cpuUsage();
  while (ids.length < customers) {
    const shard = (ids.length / BATCH) % SHARDS;
    const puts = Array.from({ length: BATCH }, (_, i) => putOf(ids.length + i));
    ids.push(...puts.map(({ id }) => id));
    counters[shard] = await store.write(shard, puts, counters[shard] as number);
  }
  const written = process.cpuUsage(cpu);
  const looked = process.cpuUsage();
  for (let i = 0; i < 50_000; i++) {
    const n = (i * 7_919) % ids.length;
    if (store.get(Math.floor(n / BATCH) % SHARDS, ids[n] as string) === undefined)
      throw new Error('a customer is lost');
  }
  const found = process.cpuUsage(looked);
  console.log(
    JSON.stringify({
      pageSize,
      customers: ids.length,
      bytes,
      bytesPerCustomer: {
        file: Math.round(statSync(env.file).size / ids.length),
        snapshots: Math.round(bytesOf(env.snapshots) / ids.length),
        due: Math.round(bytesOf(env.due) / ids.length),
      },
      cpuMicros: {
        put: Number(((written.user + written.system) / ids.length).toFixed(1)),
        get: Number(((found.user + found.system) / 50_000).toFixed(2)),
      },
      machine: `${cpus().length} × ${cpus()[0]?.model ?? ''}`,
      node: process.version,
    }),
  );
  await env.close();
  directory.remove();
}

function putOf(n: number): SnapshotPut {
  return {
    id: randomBytes(16).toString('base64url'),
    seq: n + 1,
    revision: 1,
    due: n % 2 === 0 ? 1_700_000_000_000 + n * 977 : 0,
    bytes: randomBytes(Math.floor(bytes * (0.7 + Math.random() * 0.6))),
  };
}

function bytesOf(table: Table): number {
  const stats = table.getStats() as Record<
    'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages',
    number
  >;
  return (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
}
