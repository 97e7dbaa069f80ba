import { PortError } from '../../port/port-error.ts';
import type { LmdbEnvironment } from './environment.ts';
import {
  placeOf,
  readUint48,
  recordKey,
  sequenceKey,
  sequenceOf,
  shardKey,
  shardOf,
  UINT48_MAX,
  uint48,
  writeUint48,
} from './record-key.ts';
import { seal, unseal } from './sealed-value.ts';

/** Places of the records of one shard that no index row holds yet. */
interface OpenChunk {
  first: number;
  places: number[];
  /** Place of the record whose commit is under way, 0: none. */
  writing: number;
}

export interface IndexSizes {
  /** Records of an index row: one small put for so many appends. */
  readonly chunkRecords: number;
  /** Every so many records the chunks of shards that write little are stored though they are not full … */
  readonly sweepRecords: number;
  /** … when they reach back further than this. A start reads no more keys than both together, whatever the log's length. */
  readonly openRecordsMax: number;
}

export const INDEX_SIZES: IndexSizes = { chunkRecords: 64, sweepRecords: 4_096, openRecordsMax: 32_768 };

const MARK_KEY = Buffer.from('mark');
/** Most records bring no row with them. */
const NONE: readonly number[] = [];

/**
 * Where each record stands: (shard, sequence) → place. Owned and called by LmdbFactLog only.
 *
 * I1. Each record of the log is in a row of `index` or in an open chunk, and a chunk's records are consecutive.
 * I2. Every record up to the stored mark is in a row; so at a start the keys behind the mark tell the open chunks.
 * I3. Chunks change only once the commit is durable. What `store` puts is part of the commit of the record it is told of;
 *     when that fails the rows are not there and the chunks as before.
 */
export class RecordIndex {
  readonly #env: LmdbEnvironment;
  readonly #sizes: IndexSizes;
  readonly #chunks = new Map<number, OpenChunk>();
  #lastPlace: number;

  /** Reads the open chunks from the file. Throws `corrupt` when the log has a gap. */
  constructor(env: LmdbEnvironment, sizes: IndexSizes) {
    this.#env = env;
    this.#sizes = sizes;
    const mark = this.#mark();
    this.#lastPlace = mark;
    for (const key of env.records.getKeys({ start: recordKey(mark + 1, 0, 0) })) {
      const { place, shard, sequence } = placeOf(key);
      this.#lastPlace = place;
      const chunk = this.#chunk(shard);
      const next = chunk.first + chunk.places.length;
      if (sequence < next) continue;
      // A trim may have freed whatever was in front of the chunk; within it nothing may be missing.
      if (chunk.places.length === 0) chunk.first = sequence;
      else if (sequence > next)
        throw new PortError('corrupt', `${env.file}: record ${next} of shard ${shard} is missing`);
      chunk.places.push(place);
    }
  }

  /** The last sequence known of a shard, 0 when none is. */
  last(shard: number): number {
    const chunk = this.#chunk(shard);
    return chunk.first + chunk.places.length - 1;
  }

  /** The place of the next record; call it inside the transaction, in the order of the puts. */
  nextPlace(): number {
    this.#lastPlace++;
    return this.#lastPlace;
  }

  /**
   * Called inside the transaction that puts the record: puts the index rows that are due with it. Returns the shards whose
   * chunk is stored with that, for `note`.
   */
  store(shard: number, sequence: number, place: number): readonly number[] {
    const chunk = this.#chunk(shard);
    chunk.writing = place;
    const full = chunk.places.length + 1 >= this.#sizes.chunkRecords;
    const sweep = place % this.#sizes.sweepRecords === 0;
    if (!full && !sweep) return NONE;
    const stored: number[] = [];
    if (full) {
      const first = chunk.places.length === 0 ? sequence : chunk.first;
      this.#putRow(shard, first, [...chunk.places, place]);
      stored.push(shard);
    }
    if (sweep) this.#storeOld(place, stored);
    if (stored.length > 0) {
      const mark = uint48(this.#lowestOpen(stored, place) - 1);
      void this.#env.logs.put(MARK_KEY, seal(MARK_KEY, mark));
    }
    return stored;
  }

  /** The record and what `store` returned for it are durable. */
  note(shard: number, sequence: number, place: number, stored: readonly number[]): void {
    const chunk = this.#chunk(shard);
    chunk.writing = 0;
    if (chunk.places.length === 0) chunk.first = sequence;
    chunk.places.push(place);
    for (const each of stored) {
      const old = this.#chunk(each);
      old.first += old.places.length;
      old.places = [];
    }
  }

  /** The record's commit failed. */
  forget(shard: number): void {
    this.#chunk(shard).writing = 0;
  }

  /** The place of a record, undefined when the index does not know it. */
  placeOf(shard: number, sequence: number): number | undefined {
    const chunk = this.#chunk(shard);
    if (sequence >= chunk.first) return chunk.places[sequence - chunk.first];
    return this.#rowWith(shard, sequence)?.at(sequence);
  }

  /** The places of `from` … `to` (exclusive), which must be records of the log; undefined where one is not known. */
  placesOf(shard: number, from: number, to: number): (number | undefined)[] {
    const places: (number | undefined)[] = [];
    let row: IndexRow | undefined;
    const chunk = this.#chunk(shard);
    for (let sequence = from; sequence < to; sequence++) {
      if (sequence >= chunk.first) {
        places.push(chunk.places[sequence - chunk.first]);
        continue;
      }
      if (row?.at(sequence) === undefined) row = this.#rowWith(shard, sequence);
      places.push(row?.at(sequence));
    }
    return places;
  }

  /** The lowest place whose commit is under way, MAX_SAFE_INTEGER when none is. */
  lowestWriting(): number {
    let lowest = Number.MAX_SAFE_INTEGER;
    for (const { writing } of this.#chunks.values()) if (writing !== 0) lowest = Math.min(lowest, writing);
    return lowest;
  }

  /** All shards that have records in the index or in open chunks. */
  shards(): number[] {
    const found = new Set<number>();
    for (const [shard, { places }] of this.#chunks) if (places.length > 0) found.add(shard);
    for (let shard = 0; ; shard++) {
      const [key] = this.#env.index.getKeys({ start: shardKey(shard), limit: 1 });
      if (key === undefined) break;
      shard = shardOf(key);
      found.add(shard);
    }
    return [...found];
  }

  /** Keys of the rows that hold nothing behind `through`, at most `limit`. */
  rowsThrough(shard: number, through: number, limit: number): Uint8Array[] {
    const keys = this.#env.index.getKeys({
      start: sequenceKey(shard, 0),
      end: sequenceKey(shard, through + 1),
      limit: limit + 1,
    });
    const found = Array.from(keys);
    // A row ends where the next begins: the last one found may reach behind `through`.
    const last = found.at(-1);
    if (last !== undefined && (this.#rowAt(last).end > through || found.length > limit)) found.pop();
    return found;
  }

  #chunk(shard: number): OpenChunk {
    const known = this.#chunks.get(shard);
    if (known !== undefined) return known;
    const row = this.#rowWith(shard, UINT48_MAX);
    const chunk = { first: row === undefined ? 1 : row.end + 1, places: [], writing: 0 };
    this.#chunks.set(shard, chunk);
    return chunk;
  }

  #storeOld(place: number, stored: number[]): void {
    for (const [shard, chunk] of this.#chunks) {
      const oldest = chunk.places[0];
      if (oldest === undefined || oldest > place - this.#sizes.openRecordsMax || stored.includes(shard))
        continue;
      if (chunk.writing !== 0) continue;
      this.#putRow(shard, chunk.first, chunk.places);
      stored.push(shard);
    }
  }

  /** The lowest place that no row will hold once `stored` are stored. */
  #lowestOpen(stored: readonly number[], place: number): number {
    let lowest = place + 1;
    for (const [shard, chunk] of this.#chunks) {
      if (stored.includes(shard)) continue;
      lowest = Math.min(lowest, chunk.places[0] ?? lowest, chunk.writing === 0 ? lowest : chunk.writing);
    }
    return lowest;
  }

  #putRow(shard: number, first: number, places: readonly number[]): void {
    const key = sequenceKey(shard, first);
    const row = Buffer.allocUnsafe(places.length * 6);
    for (let i = 0; i < places.length; i++) writeUint48(row, places[i] as number, i * 6);
    void this.#env.index.put(key, seal(key, row));
  }

  #rowWith(shard: number, sequence: number): IndexRow | undefined {
    const [key] = this.#env.index.getKeys({
      start: sequenceKey(shard, sequence),
      end: shardKey(shard),
      reverse: true,
      limit: 1,
    });
    return key === undefined ? undefined : this.#rowAt(key);
  }

  #rowAt(key: Uint8Array): IndexRow {
    const value = this.#env.index.getBinary(key);
    const body = value === undefined ? undefined : unseal(key, value);
    if (body === undefined || body.length % 6 !== 0) {
      const where = `of shard ${shardOf(key)} from record ${sequenceOf(key)}`;
      throw new PortError('corrupt', `${this.#env.file}: the index row ${where} is damaged`);
    }
    const first = sequenceOf(key);
    const end = first + body.length / 6 - 1;
    return {
      end,
      at: (sequence) =>
        sequence < first || sequence > end ? undefined : readUint48(body, (sequence - first) * 6),
    };
  }

  #mark(): number {
    const value = this.#env.logs.getBinary(MARK_KEY);
    if (value === undefined) return 0;
    const body = unseal(MARK_KEY, value);
    if (body === undefined)
      throw new PortError('corrupt', `${this.#env.file}: the mark of the index is damaged`);
    return readUint48(body, 0);
  }
}

interface IndexRow {
  /** The last sequence it holds. */
  readonly end: number;
  at(sequence: number): number | undefined;
}
