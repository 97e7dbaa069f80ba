import { decodeCatalogRecord } from '../codec/stored/catalog-codec.ts';
import { decodeProfile } from '../codec/stored/profile-codec.ts';
import { RecordCursor } from '../codec/stored/record-codec.ts';
import { decodeShardState } from '../codec/stored/shard-state-codec.ts';
import { openDirectory, recordsOf } from '../node/open-directory.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { scrubImages } from '../node/scrub.ts';
import type { Stores } from '../node/stores.ts';
import type { LogRecord } from '../port/fact-log.ts';
import { PortError } from '../port/port-error.ts';

interface ShardReport {
  readonly shard: number;
  readonly first: number;
  readonly last: number;
  readonly segments: number;
  readonly segmentBytes: number;
  readonly checkpoint: number;
  /** Core revision in force at the end of its log, 0: none was adopted yet. */
  readonly revision: number;
  readonly snapshots: number;
  readonly facts: Record<string, number>;
  readonly damage: readonly string[];
}

/** What a data directory holds. */
export interface Inspected {
  readonly directory: string;
  readonly shards: number;
  readonly generation: number;
  readonly records: number;
  readonly segments: number;
  readonly segmentBytes: number;
  readonly snapshots: number;
  readonly facts: Record<string, number>;
  /** A sentence for each place. */
  readonly damage: readonly string[];
  readonly perShard: readonly ShardReport[];
}

const CATALOG_BATCH = 1_024;
const SCAN_ROWS = 256;

/** `attune inspect DIR`: what a data directory holds, and where it is damaged. Exit code 1 when anything is. */
export async function inspect(directory: string, flags: { readonly json?: boolean }): Promise<number> {
  const whole = await inspectDirectory(directory);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(whole)}\n`);
  else process.stdout.write(`${lines(whole).join('\n')}\n`);
  return whole.damage.length === 0 ? 0 : 1;
}

/** Looks at everything in a data directory that no service holds. Throws PortError and CommandError where it cannot be opened. */
export async function inspectDirectory(directory: string): Promise<Inspected> {
  const data = await openDirectory(directory, quietObserver);
  const reports: ShardReport[] = [];
  const shared: string[] = [];
  try {
    // What makes the whole log unreadable is among the findings, once.
    const hasLog = await note([], async () => void (await data.stores.log.bounds(0)));
    for (let shard = 0; shard < data.shards; shard++)
      reports.push(await inspectShard(data.stores, shard, hasLog));
    await inspectEditions(data.stores, shared);
    await inspectCatalog(data.stores, shared);
    await scrubImages(data.stores, data.shards, (sentence) => void shared.push(sentence));
  } finally {
    await data.stores.close();
  }
  const facts: Record<string, number> = {};
  for (const report of reports)
    for (const [kind, count] of Object.entries(report.facts)) facts[kind] = (facts[kind] ?? 0) + count;
  return {
    directory,
    shards: data.shards,
    generation: data.generation,
    records: sum(reports, (report) => report.last),
    segments: sum(reports, (report) => report.segments),
    segmentBytes: sum(reports, (report) => report.segmentBytes),
    snapshots: sum(reports, (report) => report.snapshots),
    facts,
    damage: [
      ...data.stores.findings.map(({ sentence }) => sentence),
      ...reports.flatMap((report) => report.damage),
      ...shared,
    ],
    perShard: reports,
  };
}

async function inspectShard(stores: Stores, shard: number, hasLog: boolean): Promise<ShardReport> {
  const damage: string[] = [];
  const facts: Record<string, number> = {};
  let bounds = { first: 0, last: 0 };
  let revision = 0;
  const segments = await stores.archive.segments(shard);
  await note(
    damage,
    async () => {
      if (!hasLog) return;
      bounds = await stores.log.bounds(shard);
      for await (const record of recordsOf(stores, shard))
        await note(
          damage,
          async () => {
            revision = lookThrough(record, facts) ?? revision;
          },
          `shard ${shard} record ${record.sequence}: `,
        );
    },
    `shard ${shard}: `,
    '; what stands behind it in the log was not read',
  );
  let checkpoint = 0;
  await note(
    damage,
    async () => {
      const saved = (await stores.snapshots.load(shard)).checkpoint;
      if (saved === undefined) return;
      checkpoint = saved.sequence;
      // Retention may have dropped the record that adopted it.
      revision = Math.max(revision, decodeShardState(saved.state).revisions.at(-1)?.revision ?? 0);
    },
    `shard ${shard}: `,
  );
  let snapshots = 0;
  await note(
    damage,
    async () => {
      for (let after = ''; ; ) {
        const page = await stores.snapshots.scan(shard, after, SCAN_ROWS);
        for (const row of page) {
          snapshots++;
          after = row.id;
          await note(
            damage,
            async () => void decodeProfile(row.bytes),
            `shard ${shard} snapshot ${row.id}: `,
          );
        }
        if (page.length < SCAN_ROWS) return;
      }
    },
    `shard ${shard}: `,
    '; the other snapshots behind it were not read',
  );
  return {
    shard,
    first: bounds.first,
    last: bounds.last,
    segments: segments.length,
    segmentBytes: segments.reduce((total, segment) => total + segment.bytes, 0),
    checkpoint,
    revision,
    snapshots,
    facts,
    damage,
  };
}

/** Counts a record's facts by kind; the core revision that it adopts, if any. */
function lookThrough({ bytes }: LogRecord, facts: Record<string, number>): number | undefined {
  const cursor = new RecordCursor(bytes);
  let revision: number | undefined;
  while (cursor.next()) {
    const fact = cursor.decode();
    if (fact.kind === 'adopted' && fact.edition === 'core') revision = Number(fact.version);
    facts[cursor.kind] = (facts[cursor.kind] ?? 0) + 1;
  }
  return revision;
}

/** Decisions name policies and models: without them nothing can be explained, and without the policy no service starts. */
async function inspectEditions({ editions }: Stores, damage: string[]): Promise<void> {
  for (const kind of ['policy', 'model', 'head', 'priors', 'pauses'] as const) {
    await note(damage, async () => void (await editions.versions(kind)));
    await note(damage, async () => void (await editions.current(kind)));
  }
}

async function inspectCatalog({ catalogLog }: Stores, damage: string[]): Promise<void> {
  await note(damage, async () => {
    const last = await catalogLog.last();
    for (let at = 1; at <= last; ) {
      const records = await catalogLog.read(at, CATALOG_BATCH);
      for (const { sequence, bytes } of records) {
        at = sequence + 1;
        const place = `record ${sequence} of the catalogue: `;
        await note(damage, async () => void decodeCatalogRecord(bytes), place);
      }
    }
  });
}

/**
 * Whether the look found nothing damaged. A damaged place is a line of the report, not the end of it; only a store that
 * cannot be asked at all is.
 */
async function note(damage: string[], look: () => Promise<void>, prefix = '', suffix = ''): Promise<boolean> {
  try {
    await look();
    return true;
  } catch (fault) {
    const known =
      fault instanceof PortError
        ? fault.kind === 'corrupt'
        : fault instanceof Error && fault.name === 'StoredBytesError';
    if (!known) throw fault;
    damage.push(`${prefix}${(fault as Error).message}${suffix}`);
    return false;
  }
}

function sum(reports: readonly ShardReport[], of: (report: ShardReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

function lines(whole: Inspected): string[] {
  const facts = Object.entries(whole.facts).map(([kind, count]) => `${count} ${kind}`);
  const checkpoint = Math.min(...whole.perShard.map((report) => report.checkpoint));
  return [
    `${whole.directory}: ${whole.shards} shards, generation ${whole.generation}`,
    `log      ${whole.records} records, ${facts.join(', ') || 'no facts'}`,
    `archive  ${whole.segments} segments, ${whole.segmentBytes} bytes`,
    `core     ${revisionsOf(whole.perShard)}`,
    `snapshots ${whole.snapshots} customers; oldest checkpoint at record ${checkpoint}`,
    whole.damage.length === 0 ? 'nothing is damaged' : `${whole.damage.length} damaged places:`,
    ...whole.damage.map((place) => `  ${place}`),
  ];
}

/** "revision 1 in 62 shards, none yet in 2". */
function revisionsOf(reports: readonly ShardReport[]): string {
  const shards = new Map<number, number>();
  for (const { revision } of reports) shards.set(revision, (shards.get(revision) ?? 0) + 1);
  return [...shards]
    .sort(([a], [b]) => b - a)
    .map(([revision, count]) => `${revision === 0 ? 'none yet' : `revision ${revision}`} in ${count} shards`)
    .join(', ');
}
