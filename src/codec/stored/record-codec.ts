/**
 * One record of a shard's log: magic, format, header, number of facts; then each fact as kind (u8), length (u32) and
 * body, so that a reader can pass over facts it does not want.
 */
import { assert } from '../../base/assert.ts';
import type { CustomerId } from '../../base/brand.ts';
import type { Fact, RecordHeader } from '../../core/fact/fact.ts';
import { ByteReader, readerOf } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readCustomerId } from './customer-id-codec.ts';
import {
  type FactReading,
  factCode,
  factKind,
  isCustomerKind,
  readFactBody,
  writeFact,
} from './fact-codec.ts';
import { RECORD_FORMAT } from './formats.ts';

const FACT_FRAME_BYTES = 5;

/**
 * Packs the records of one process, one at a time: `begin`, `addFact` …, `finish`. Keeps its buffer; what `finish` returns
 * is a copy that the next record does not touch, `finishInPlace` returns the buffer's own.
 */
export class RecordBuilder {
  readonly #writer = new ByteWriter(64 * 1024);
  /** Where each fact begins; the first `#count` hold. */
  readonly #starts: number[] = [];
  #count = 0;
  #countAt = 0;
  #open = false;

  /** Starts a record; one that was not finished is forgotten. */
  begin(header: RecordHeader): void {
    const writer = this.#writer;
    writer.clear();
    this.#count = 0;
    writer.u8(RECORD_FORMAT.magic);
    writer.u8(RECORD_FORMAT.current);
    writer.number(header.generation);
    writer.number(header.epoch);
    writer.text(header.batch);
    writer.number(header.at);
    this.#countAt = writer.size;
    writer.u32(0);
    this.#open = true;
  }

  /** Appends a fact; returns its index in the record. When it throws, the record is as before. */
  addFact(fact: Fact): number {
    assert(this.#open, 'a record is begun before facts are added');
    const writer = this.#writer;
    const start = writer.size;
    try {
      writer.u8(factCode(fact.kind));
      writer.u32(0);
      writeFact(writer, fact);
    } catch (fault) {
      writer.truncate(start);
      throw fault;
    }
    writer.u32At(start + 1, writer.size - start - FACT_FRAME_BYTES);
    this.#starts[this.#count] = start;
    return this.#count++;
  }

  /** Facts added so far: the index of the next one. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the record so far. */
  get size(): number {
    return this.#writer.size;
  }

  /** Drops the facts from `index` on: for a customer whose turn threw halfway. */
  rewind(index: number): void {
    if (index >= this.#count) return;
    this.#writer.truncate(this.#starts[index] as number);
    this.#count = index;
  }

  /** The record's bytes. */
  finish(): Uint8Array {
    this.#close();
    return this.#writer.copy();
  }

  /** The record's bytes where they stand: they hold until the next `begin`. */
  finishInPlace(): Uint8Array {
    this.#close();
    return this.#writer.view();
  }

  #close(): void {
    assert(this.#open, 'a record is begun before it is finished');
    this.#writer.u32At(this.#countAt, this.#count);
    this.#open = false;
  }
}

/** A whole record at once; for the hot path keep a RecordBuilder. */
export function encodeRecord(header: RecordHeader, facts: readonly Fact[]): Uint8Array {
  const builder = new RecordBuilder();
  builder.begin(header);
  for (const fact of facts) builder.addFact(fact);
  return builder.finish();
}

/**
 * Steps over a record's facts and decodes only those that are asked for. Construction reads the header.
 * All of it throws StoredBytesError on damaged bytes.
 */
export class RecordCursor {
  readonly header: RecordHeader;
  /** Facts in the record. */
  readonly count: number;
  readonly #reader: ByteReader;
  readonly #bytes: Uint8Array;
  readonly #fact: ByteReader;
  #index = -1;
  #kind: Fact['kind'] = 'fence';
  #from = 0;
  #next: number;

  constructor(stored: Uint8Array) {
    const reader = readerOf(RECORD_FORMAT, stored);
    this.header = readHeader(reader);
    this.count = reader.u32();
    if (this.count * FACT_FRAME_BYTES > reader.left)
      reader.fail(`${this.count} facts in ${reader.left} bytes`);
    this.#reader = reader;
    this.#bytes = stored;
    this.#fact = new ByteReader(stored);
    this.#fact.format = reader.format;
    this.#next = reader.at;
  }

  /** Moves to the next fact; false behind the last one. */
  next(): boolean {
    const reader = this.#reader;
    if (this.#index + 1 >= this.count) {
      if (this.#next !== this.#bytes.length) reader.fail('the end of the record');
      return false;
    }
    this.#index++;
    const code = reader.u8();
    this.#kind = factKind(code) ?? reader.fail(`a kind of fact, not ${code}`);
    const length = reader.u32();
    this.#from = reader.at;
    reader.skip(length);
    this.#next = reader.at;
    return true;
  }

  /** Of the fact at which it stands. */
  get index(): number {
    return this.#index;
  }

  get kind(): Fact['kind'] {
    return this.#kind;
  }

  /** Bytes of the fact's body. */
  get length(): number {
    return this.#next - this.#from;
  }

  /** Where the fact stands in the record, with its kind and length. */
  get frame(): { readonly from: number; readonly to: number } {
    return { from: this.#from - FACT_FRAME_BYTES, to: this.#next };
  }

  /** Whose fact it is; undefined for the shard's own. */
  get customer(): CustomerId | undefined {
    if (!isCustomerKind(this.#kind)) return undefined;
    return readCustomerId(this.#body());
  }

  /** Whether it is a fact of `customer`, without making a string. */
  isOf(customer: CustomerId): boolean {
    return isCustomerKind(this.#kind) && this.#body().nextIs(customer);
  }

  decode(reading?: FactReading): Fact {
    const body = this.#body();
    const fact = readFactBody(body, this.#kind, reading);
    body.atEnd(`a fact of kind ${this.#kind}`);
    return fact;
  }

  #body(): ByteReader {
    this.#fact.reset(this.#bytes, this.#from, this.#next);
    return this.#fact;
  }
}

/** The whole record. */
export function decodeRecord(
  bytes: Uint8Array,
  reading?: FactReading,
): { header: RecordHeader; facts: Fact[] } {
  const cursor = new RecordCursor(bytes);
  const facts: Fact[] = [];
  while (cursor.next()) facts.push(cursor.decode(reading));
  return { header: cursor.header, facts };
}

/** Only who wrote it, and when. */
export function decodeHeader(bytes: Uint8Array): RecordHeader {
  return readHeader(readerOf(RECORD_FORMAT, bytes));
}

/** The fact at `index`, undefined when the record has fewer. */
export function readFact(bytes: Uint8Array, index: number, reading?: FactReading): Fact | undefined {
  const cursor = new RecordCursor(bytes);
  while (cursor.next()) if (cursor.index === index) return cursor.decode(reading);
  return undefined;
}

function readHeader(reader: ByteReader): RecordHeader {
  return { generation: reader.number(), epoch: reader.number(), batch: reader.text(), at: reader.number() };
}
