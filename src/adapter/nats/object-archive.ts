/**
 * Segments of the archive as objects, a folder a shard, named `archive/<first>-<last>.<from>-<to>.<bytes>.<version>`: of two of one range the higher version
 * counts, and the other one is about to go.
 *
 * I1  A segment that another node replaced since it was listed is read under its new name.
 */
import { LruMap } from '../../base/lru-map.ts';
import { type Archive, rangeOfRecords, type Segment } from '../../port/archive.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import type { NatsDoor } from './nats-door.ts';
import { ObjectFolder } from './object-folder.ts';
import { packPage, unpackPages } from './pages.ts';
import type { StreamOptions } from './shard-stream.ts';

const NAME = /^archive\/(\d+)-(\d+)\.(\d+)-(\d+)\.(\d+)\.(\d+)$/;
/** Decoded segments kept for look-ups that follow one another; each has 16 MiB at most. */
const SEGMENTS_CACHED = 2;
const LENGTH_BYTES = 4;

interface Kept extends Segment {
  readonly name: string;
  readonly version: number;
}

export class ObjectArchive implements Archive {
  readonly #door: NatsDoor;
  readonly #options: StreamOptions;
  readonly #folders = new Map<number, ObjectFolder>();
  readonly #decoded = new LruMap<string, readonly Uint8Array[]>(SEGMENTS_CACHED);

  /** The door stays the caller's. */
  constructor(door: NatsDoor, options: StreamOptions) {
    this.#door = door;
    this.#options = options;
  }

  async write(
    shard: number,
    records: readonly LogRecord[],
    span: { readonly from: number; readonly to: number },
  ): Promise<Segment> {
    const { first, last } = rangeOfRecords(records);
    const [from, to] = [Math.floor(span.from), Math.floor(span.to)];
    const folder = this.#folder(shard);
    const packed = await packPage(encode(records));
    const older = (await this.#named(shard)).filter((each) => each.first === first && each.last === last);
    const version = older.reduce((highest, each) => Math.max(highest, each.version), 0) + 1;
    const bytes = packed.length;
    await folder.write(`archive/${first}-${last}.${from}-${to}.${bytes}.${version}`, [packed]);
    for (const { name } of older) await folder.remove(name);
    return { shard, first, last, from, to, bytes };
  }

  async segments(shard: number): Promise<Segment[]> {
    return (await this.#kept(shard)).map(({ name: _, version: __, ...segment }) => segment);
  }

  async read(shard: number, from: number, limit: number): Promise<LogRecord[]> {
    const found: LogRecord[] = [];
    let next = from;
    for (const segment of await this.#kept(shard)) {
      if (found.length === limit) break;
      if (segment.last < next) continue;
      const records = await this.#records(shard, segment);
      const start = Math.max(next, segment.first);
      for (let sequence = start; sequence <= segment.last && found.length < limit; sequence++)
        found.push({ sequence, bytes: new Uint8Array(records[sequence - segment.first] as Uint8Array) });
      next = (found.at(-1)?.sequence ?? next - 1) + 1;
    }
    return found;
  }

  async get(shard: number, sequence: number): Promise<Uint8Array | undefined> {
    const kept = await this.#kept(shard);
    const segment = kept.find(({ first, last }) => first <= sequence && sequence <= last);
    if (segment === undefined) return undefined;
    const bytes = (await this.#records(shard, segment))[sequence - segment.first];
    return bytes && new Uint8Array(bytes);
  }

  async expire(shard: number, before: number, through: number): Promise<number> {
    const old = (await this.#kept(shard)).filter(({ to, last }) => to < before && last <= through);
    for (const { name } of old) {
      await this.#folder(shard).remove(name);
      this.#decoded.delete(keyOf(shard, name));
    }
    return old.length;
  }

  async close(): Promise<void> {}

  async #named(shard: number): Promise<readonly Kept[]> {
    const names = await this.#folder(shard).list('archive/');
    return names.flatMap((name) => {
      const match = NAME.exec(name);
      if (match === null) return [];
      const [first, last, from, to, bytes, version] = match.slice(1).map(Number) as [
        ...[number, number, number, number, number, number],
      ];
      return [{ shard, first, last, from, to, bytes, name, version }];
    });
  }

  /** In order; of one range only what replaced the others. */
  async #kept(shard: number): Promise<readonly Kept[]> {
    const all = (await this.#named(shard)).toSorted(
      (a, b) => a.first - b.first || a.last - b.last || b.version - a.version,
    );
    return all.filter((each, at) => each.first !== all[at - 1]?.first || each.last !== all[at - 1]?.last);
  }

  /** I1 */
  async #records(shard: number, segment: Kept): Promise<readonly Uint8Array[]> {
    for (let { name } = segment; ; ) {
      const found = await this.#decodedOf(shard, { ...segment, name });
      if (found !== undefined) return found;
      const { first, last } = segment;
      const now = (await this.#kept(shard)).find((each) => each.first === first && each.last === last);
      if (now === undefined || now.name === name) throw this.#folder(shard).damaged(name, 'it is gone');
      ({ name } = now);
    }
  }

  /** Undefined: there is none of the name. */
  async #decodedOf(shard: number, { name, first, last }: Kept): Promise<readonly Uint8Array[] | undefined> {
    const key = keyOf(shard, name);
    const known = this.#decoded.get(key);
    if (known !== undefined) return known;
    const what = `segment ${name} of shard ${shard}`;
    const file = await this.#folder(shard).read(name);
    if (file === undefined) return undefined;
    const records: Uint8Array[] = [];
    for await (const page of unpackPages(file, what)) records.push(...decode(page));
    if (records.length !== last - first + 1)
      throw this.#folder(shard).damaged(name, 'it has other records than its name says');
    this.#decoded.set(key, records);
    return records;
  }

  #folder(shard: number): ObjectFolder {
    const found = this.#folders.get(shard);
    if (found !== undefined) return found;
    const made = new ObjectFolder(this.#door, this.#options, String(shard));
    this.#folders.set(shard, made);
    return made;
  }
}

function keyOf(shard: number, name: string): string {
  return `${shard} ${name}`;
}

/** Each record behind its length u32 (little-endian). */
function encode(records: readonly LogRecord[]): Buffer {
  const page = Buffer.allocUnsafe(records.reduce((sum, { bytes }) => sum + LENGTH_BYTES + bytes.length, 0));
  let at = 0;
  for (const { bytes } of records) {
    at = page.writeUInt32LE(bytes.length, at);
    page.set(bytes, at);
    at += bytes.length;
  }
  return page;
}

function* decode(page: Buffer): Generator<Uint8Array> {
  for (let at = 0; at + LENGTH_BYTES <= page.length; ) {
    const length = page.readUInt32LE(at);
    yield page.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
    at += LENGTH_BYTES + length;
  }
}
