import { decodeProfile } from '../codec/stored/profile-codec.ts';
import { RecordCursor } from '../codec/stored/record-codec.ts';
import { PortError } from '../port/port-error.ts';
import { openDirectory, recordsOf } from './open-directory.ts';
import type { Stores } from './open-node.ts';
import { quietObserver } from './quiet-observer.ts';

interface ShardReport {
  readonly shard: number;
  readonly first: number;
  readonly last: number;
  readonly segments: number;
  readonly segmentBytes: number;
  readonly checkpoint: number;
  readonly snapshots: number;
  readonly facts: Record<string, number>;
  readonly damage: readonly string[];
}

/** `attune inspect DIR`: what a data directory holds, and where it is damaged. Exit code 1 when anything is. */
export async function inspect(directory: string, flags: { readonly json?: boolean }): Promise<number> {
  const data = openDirectory(directory, quietObserver);
  const reports: ShardReport[] = [];
  try {
    for (let shard = 0; shard < data.shards; shard++) reports.push(await inspectShard(data.stores, shard));
  } finally {
    await data.stores.close();
  }
  const damage = reports.flatMap((report) => report.damage);
  const facts: Record<string, number> = {};
  for (const report of reports)
    for (const [kind, count] of Object.entries(report.facts)) facts[kind] = (facts[kind] ?? 0) + count;
  const whole = {
    directory,
    shards: data.shards,
    generation: data.generation,
    records: sum(reports, (report) => report.last),
    segments: sum(reports, (report) => report.segments),
    segmentBytes: sum(reports, (report) => report.segmentBytes),
    snapshots: sum(reports, (report) => report.snapshots),
    facts,
    damage,
  };
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ ...whole, perShard: reports })}\n`);
  else print(whole, reports);
  return damage.length === 0 ? 0 : 1;
}

async function inspectShard(stores: Stores, shard: number): Promise<ShardReport> {
  const damage: string[] = [];
  const facts: Record<string, number> = {};
  const bounds = await stores.log.bounds(shard);
  const segments = await stores.archive.segments(shard);
  await note(damage, async () => {
    for await (const { sequence, bytes } of recordsOf(stores, shard)) {
      await note(
        damage,
        async () => {
          const cursor = new RecordCursor(bytes);
          while (cursor.next()) {
            cursor.decode();
            facts[cursor.kind] = (facts[cursor.kind] ?? 0) + 1;
          }
        },
        `shard ${shard} record ${sequence}: `,
      );
    }
  });
  let checkpoint = 0;
  await note(damage, async () => {
    checkpoint = (await stores.snapshots.load(shard)).checkpoint?.sequence ?? 0;
  });
  let snapshots = 0;
  await note(damage, async () => {
    for (let after = ''; ; ) {
      const page = await stores.snapshots.scan(shard, after, 256);
      for (const row of page) {
        snapshots++;
        after = row.id;
        await note(damage, async () => void decodeProfile(row.bytes), `shard ${shard} snapshot ${row.id}: `);
      }
      if (page.length < 256) return;
    }
  });
  return {
    shard,
    first: bounds.first,
    last: bounds.last,
    segments: segments.length,
    segmentBytes: segments.reduce((total, segment) => total + segment.bytes, 0),
    checkpoint,
    snapshots,
    facts,
    damage,
  };
}

/** A damaged place is a line of the report, not the end of it; only a store that cannot be asked at all is. */
async function note(damage: string[], look: () => Promise<void>, prefix = ''): Promise<void> {
  try {
    await look();
  } catch (fault) {
    const known =
      fault instanceof PortError
        ? fault.kind === 'corrupt'
        : fault instanceof Error && fault.name === 'StoredBytesError';
    if (!known) throw fault;
    damage.push(`${prefix}${(fault as Error).message}`);
  }
}

function sum(reports: readonly ShardReport[], of: (report: ShardReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

function print(
  whole: Record<string, unknown> & {
    readonly facts: Record<string, number>;
    readonly damage: readonly string[];
  },
  reports: readonly ShardReport[],
): void {
  const lines = [
    `${whole.directory}: ${whole.shards} shards, generation ${whole.generation}`,
    `log      ${whole.records} records, ${
      Object.entries(whole.facts)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ') || 'no facts'
    }`,
    `archive  ${whole.segments} segments, ${whole.segmentBytes} bytes`,
    `snapshots ${whole.snapshots} customers; oldest checkpoint at record ${Math.min(...reports.map((report) => report.checkpoint))}`,
    whole.damage.length === 0 ? 'nothing is damaged' : `${whole.damage.length} damaged places:`,
    ...whole.damage.map((place) => `  ${place}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
