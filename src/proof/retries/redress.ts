/** The same message said otherwise: what parsers, proxies and other languages' libraries do to bytes between two sends. */
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { TimestampSchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Rng } from '../../base/rng.ts';

/** One way of saying a message again. */
export interface Dress {
  /** Fields and entries of maps in another order; elements of a list keep theirs. */
  readonly shuffle?: boolean;
  /** Elements of the lists whose order says nothing in another order. */
  readonly sets?: boolean;
  /** Fields of a version that this one does not know, of every wire type. */
  readonly unknown?: boolean;
  /** Defaults written out. */
  readonly defaults?: boolean;
  /** Times of events and feedback taken anew. */
  readonly restamp?: boolean;
  /** Parsed and written again by protobuf-es. */
  readonly reparse?: boolean;
}

export const DRESSES: Readonly<Record<string, Dress>> = {
  same: {},
  mapsPermuted: { shuffle: true },
  setsPermuted: { sets: true },
  unknownFields: { unknown: true },
  defaultsWritten: { defaults: true },
  reparsed: { reparse: true },
  restamped: { restamp: true },
  allAtOnce: { shuffle: true, sets: true, unknown: true, defaults: true, restamp: true },
  allReparsed: { shuffle: true, sets: true, unknown: true, defaults: true, restamp: true, reparse: true },
};

const SETS: ReadonlySet<string> = new Set(['identifiers', 'products']);
const STAMPS: ReadonlySet<string> = new Set(['occurred_at', 'sent_at', 'received_at']);
const UNKNOWN_FIRST = 5_000;

/** `now`: ms since the epoch; new stamps lie up to 20 s before it. */
export function redress(bytes: Uint8Array, schema: DescMessage, dress: Dress, rng: Rng, now: number): Buffer {
  const said = rewritten(bytes, schema, dress, rng, now);
  return Buffer.from(dress.reparse === true ? toBinary(schema, fromBinary(schema, said)) : said);
}

function rewritten(
  bytes: Uint8Array,
  schema: DescMessage | undefined,
  dress: Dress,
  rng: Rng,
  now: number,
): Uint8Array {
  const groups = new Map<string, Uint8Array[]>();
  const seen = new Set<number>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    seen.add(number);
    const field = schema?.fields.find((one) => one.number === number);
    // Each entry of a map may go where it likes among the fields, and elements of a set among themselves.
    const group = field?.fieldKind === 'map' ? `${number} ${groups.size}` : `${number}`;
    groups.set(group, [
      ...(groups.get(group) ?? []),
      redressedField(reader, number, type, field, dress, rng, now),
    ]);
  }
  if (dress.defaults === true && schema !== undefined) {
    for (const field of schema.fields) if (!seen.has(field.number)) addDefault(groups, field);
  }
  if (dress.unknown === true && schema !== undefined) groups.set('unknown', [unknownFields()]);
  const all = [...groups.values()];
  for (const [group, elements] of groups) {
    const name = schema?.fields.find(({ number }) => `${number}` === group)?.name;
    if (dress.sets === true && SETS.has(name ?? '')) shuffled(elements, rng);
  }
  if (dress.shuffle === true) shuffled(all, rng);
  return Buffer.concat(all.flat());
}

function redressedField(
  reader: BinaryReader,
  number: number,
  type: WireType,
  field: DescField | undefined,
  dress: Dress,
  rng: Rng,
  now: number,
): Uint8Array {
  const writer = new BinaryWriter().tag(number, type);
  if (field?.message === undefined && field?.fieldKind !== 'map')
    return writer.raw(reader.skip(type, number)).finish();
  const inner = reader.bytes();
  if (dress.restamp === true && field.fieldKind === 'message' && STAMPS.has(field.name)) {
    const at = now - 1 - rng.intBelow(20_000);
    return writer.bytes(toBinary(TimestampSchema, create(TimestampSchema, timestampFromMs(at)))).finish();
  }
  // Of a map's entry only the value of a message is entered.
  const schema = field.fieldKind === 'map' ? undefined : field.message;
  return writer.bytes(rewritten(inner, schema, dress, rng, now)).finish();
}

function addDefault(groups: Map<string, Uint8Array[]>, field: DescField): void {
  if (field.fieldKind !== 'scalar' || field.oneof !== undefined || field.proto.proto3Optional) return;
  const writer = new BinaryWriter();
  if (field.scalar === ScalarType.STRING) writer.tag(field.number, WireType.LengthDelimited).string('');
  else if (field.scalar === ScalarType.DOUBLE) writer.tag(field.number, WireType.Bit64).double(0);
  else writer.tag(field.number, WireType.Varint).int32(0);
  groups.set(`${field.number}`, [writer.finish()]);
}

function unknownFields(): Uint8Array {
  return new BinaryWriter()
    .tag(UNKNOWN_FIRST, WireType.LengthDelimited)
    .string('of a later version')
    .tag(UNKNOWN_FIRST + 1, WireType.Varint)
    .uint32(7)
    .tag(UNKNOWN_FIRST + 2, WireType.Bit64)
    .double(1.5)
    .tag(UNKNOWN_FIRST + 3, WireType.Bit32)
    .float(1.5)
    .finish();
}

function shuffled<T>(items: T[], rng: Rng): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.intBelow(i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
}
