/**
 * What a core revision makes of a log, saved: a small shop with all that is needed to fold it and derive its decisions
 * again, and histories with facts of every kind. One gzipped JSON a revision, never written anew once a release has it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { MemoryArchive } from '../../adapter/memory/memory-archive.ts';
import { MemoryCatalogLog } from '../../adapter/memory/memory-catalog-log.ts';
import { MemoryEditions } from '../../adapter/memory/memory-editions.ts';
import { MemoryErasures } from '../../adapter/memory/memory-erasures.ts';
import { MemoryFactLog } from '../../adapter/memory/memory-fact-log.ts';
import { MemoryImages } from '../../adapter/memory/memory-images.ts';
import { MemorySnapshotStore } from '../../adapter/memory/memory-snapshot-store.ts';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { decodeRecord, encodeRecord } from '../../codec/stored/record-codec.ts';
import type { CustomerFact } from '../../core/fact/fact.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { recordsOf } from '../../node/open-directory.ts';
import type { Stores } from '../../node/stores.ts';
import type { Snapshot } from '../../port/snapshot-store.ts';

/** A log of one shard; bytes in hexadecimal, which gzip packs better than base64. */
interface SavedShop {
  readonly records: readonly string[];
  readonly catalog: readonly string[];
  readonly policies: readonly { readonly version: string; readonly sha256: string; readonly bytes: string }[];
  readonly snapshots: readonly (Omit<Snapshot, 'bytes'> & { readonly id: string; readonly bytes: string })[];
}

interface SavedHistory {
  /** One record with the facts of one customer; the one at `i` stands at sequence `i + 1`, index 0. */
  readonly facts: string;
  /** The profile after the last. */
  readonly profile: string;
}

export interface GoldenLog {
  readonly shop: Stores;
  readonly histories: readonly { readonly facts: readonly CustomerFact[]; readonly profile: Uint8Array }[];
}

const HEADER = { generation: 0, epoch: 0, batch: '', at: 0 };
const ROWS_MAX = 10_000;

/** Where the log of a revision is. */
export function goldenLogFile(revision: number): string {
  return join(import.meta.dirname, `core-${revision}.json.gz`);
}

/** Writes what shard 0 of the shop's stores holds, and the histories. */
export async function writeGoldenLog(file: string, { shop, histories }: GoldenLog): Promise<void> {
  const saved = { shop: await savedShop(shop), histories: histories.map(savedHistory) };
  writeFileSync(file, gzipSync(JSON.stringify(saved), { level: 9 }));
}

/** What was saved, the shop in memory. */
export async function readGoldenLog(file: string): Promise<GoldenLog> {
  const saved = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as {
    readonly shop: SavedShop;
    readonly histories: readonly SavedHistory[];
  };
  return {
    shop: await shopOf(saved.shop),
    histories: saved.histories.map(({ facts, profile }) => ({
      facts: decodeRecord(bytesOf(facts)).facts as CustomerFact[],
      profile: bytesOf(profile),
    })),
  };
}

/** The profile that the facts of a history make. */
export function foldHistory(key: IdentifierKey, facts: readonly CustomerFact[]): Profile {
  const profile = emptyProfile(facts[0]?.customer ?? branded<CustomerId>(''), key);
  for (const [i, fact] of facts.entries()) fold(profile, fact, i + 1, 0);
  return profile;
}

function savedHistory({ facts, profile }: GoldenLog['histories'][number]): SavedHistory {
  return { facts: hex(encodeRecord(HEADER, facts)), profile: hex(profile) };
}

async function savedShop(stores: Stores): Promise<SavedShop> {
  const records: string[] = [];
  for await (const { bytes } of recordsOf(stores, 0)) records.push(hex(bytes));
  const policies = await Promise.all(
    (await stores.editions.versions('policy')).map(async ({ version, sha256 }) => {
      const edition = await stores.editions.get('policy', version);
      return { version, sha256, bytes: hex(edition?.bytes ?? new Uint8Array(0)) };
    }),
  );
  return {
    records,
    catalog: (await stores.catalogLog.read(1, ROWS_MAX)).map(({ bytes }) => hex(bytes)),
    policies,
    snapshots: (await stores.snapshots.scan(0, '', ROWS_MAX)).map((row) => ({
      ...row,
      bytes: hex(row.bytes),
    })),
  };
}

async function shopOf(golden: SavedShop): Promise<Stores> {
  const stores: Stores = {
    log: new MemoryFactLog(),
    snapshots: new MemorySnapshotStore(),
    archive: new MemoryArchive(),
    images: new MemoryImages(),
    erasures: new MemoryErasures(),
    editions: new MemoryEditions({ now: () => 0 }),
    catalogLog: new MemoryCatalogLog(),
    generation: 1,
    findings: [],
    close: async () => {},
  };
  for (const [last, record] of golden.records.entries()) await stores.log.append(0, last, bytesOf(record));
  await stores.catalogLog.append(golden.catalog.map(bytesOf));
  for (const policy of golden.policies)
    await stores.editions.put({ ...policy, kind: 'policy', bytes: bytesOf(policy.bytes) });
  await stores.snapshots.write(
    0,
    golden.snapshots.map((row) => ({ ...row, bytes: bytesOf(row.bytes) })),
    0,
  );
  return stores;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'hex');
}
