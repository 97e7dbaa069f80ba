/** Bytes that were a valid protobuf message, made wrong: by its structure, or blindly. */
import type { Rng } from '../../base/rng.ts';

interface Part {
  /** Tag and, for wire type 2, not the length. */
  number: number;
  wire: number;
  /** What follows the tag; for wire type 2 what follows the length. */
  payload: Buffer;
}

/** How likely a mutation goes into a field that is itself a message. */
const DEEPER = 0.7;
const INVALID_TEXT = [
  Buffer.from([0xff]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0x61, 0xe2, 0x82]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
];
const VARINTS = [
  Buffer.from('ffffffffffffffffff01', 'hex'),
  Buffer.from('ffffffffffffffffff7f', 'hex'),
  Buffer.from('ffffffffffffffffffff01', 'hex'),
  Buffer.from('80808080808080808080808001', 'hex'),
  Buffer.from('8080808000', 'hex'),
  Buffer.from('ff', 'hex'),
  Buffer.from('ffffffff0f', 'hex'),
];

/** The message with one fault in its structure, or several blind ones. */
export function mutateBytes(message: Buffer, rng: Rng): Buffer {
  const structural = rng.float() < 0.7 ? mutateParts(message, rng) : message;
  return rng.float() < 0.4 || structural === message ? mutateBlindly(structural, rng) : structural;
}

function mutateParts(message: Buffer, rng: Rng): Buffer {
  const parts = split(message);
  if (parts === undefined || parts.length === 0) return mutateBlindly(message, rng);
  const at = rng.intBelow(parts.length);
  const part = parts[at] as Part;
  if (part.wire === 2 && part.payload.length > 0 && rng.float() < DEEPER && split(part.payload)?.length) {
    part.payload = mutateParts(part.payload, rng);
    return join(parts);
  }
  return (PART_FAULTS[rng.intBelow(PART_FAULTS.length)] as PartFault)(parts, at, rng);
}

type PartFault = (parts: Part[], at: number, rng: Rng) => Buffer;

/** Each takes a message's fields, of which the one at `at` was picked. */
const PART_FAULTS: readonly PartFault[] = [
  // Another wire type with the same bytes.
  (parts, at, rng) => {
    (parts[at] as Part).wire = rng.intBelow(8);
    return join(parts);
  },
  // Another field.
  (parts, at, rng) => {
    (parts[at] as Part).number = [0, 1, 2, 3, 15, 16, 19_000, 536_870_911][rng.intBelow(8)] as number;
    return join(parts);
  },
  // The field is missing.
  (parts, at) => {
    parts.splice(at, 1);
    return join(parts);
  },
  // It is there many times.
  (parts, at, rng) => {
    const times = [1, 1, 8, 100][rng.intBelow(4)] as number;
    parts.splice(at, 0, ...Array<Part>(times).fill(parts[at] as Part));
    return join(parts);
  },
  // The fields come in another order.
  (parts) => join(parts.reverse()),
  // A length that lies.
  (parts, at, rng) => {
    const before = join(parts.slice(0, at));
    const part = parts[at] as Part;
    const lies = [0, part.payload.length + 1, part.payload.length * 2 + 100, 2 ** 31 - 1, 2 ** 32 - 1];
    return Buffer.concat([
      before,
      varint(part.number * 8 + 2),
      varint(lies[rng.intBelow(lies.length)] as number),
      part.payload,
      join(parts.slice(at + 1)),
    ]);
  },
  // A number that is no number, or too long a one.
  (parts, at, rng) => {
    const part = parts[at] as Part;
    part.wire = 0;
    part.payload = VARINTS[rng.intBelow(VARINTS.length)] as Buffer;
    return join(parts);
  },
  // Text that is none.
  (parts, at, rng) => {
    const part = parts[at] as Part;
    if (part.wire === 2)
      part.payload = Buffer.concat([part.payload, INVALID_TEXT[rng.intBelow(INVALID_TEXT.length)] as Buffer]);
    return join(parts);
  },
  // Doubles of every kind of bits.
  (parts, at, rng) => {
    const part = parts[at] as Part;
    part.wire = 1;
    part.payload = Buffer.alloc(8);
    part.payload.writeUInt32LE(rng.uint32(), 0);
    part.payload.writeUInt32LE(
      [0x7ff00000, 0xfff80000, 0x80000000, rng.uint32()][rng.intBelow(4)] as number,
      4,
    );
    return join(parts);
  },
  // Emptied.
  (parts, at) => {
    (parts[at] as Part).payload = Buffer.alloc(0);
    return join(parts);
  },
  // Fields and groups that nobody knows, some of them never closed.
  (parts, at, rng) => {
    const unknown: Part[] = [
      { number: 1_000 + rng.intBelow(1_000), wire: 2, payload: Buffer.alloc(rng.intBelow(5_000), 7) },
      { number: 77, wire: 3, payload: Buffer.alloc(0) },
      { number: 77, wire: 4, payload: Buffer.alloc(0) },
      { number: 78, wire: 5, payload: Buffer.alloc(4, 1) },
    ];
    parts.splice(at, 0, ...unknown.slice(0, 1 + rng.intBelow(unknown.length)));
    return join(parts);
  },
  // Groups within groups.
  (parts, _at, rng) => Buffer.concat([join(parts), Buffer.alloc(1 + rng.intBelow(20_000), 0x0b)]),
  // A message within itself, again and again.
  (parts, at) => {
    const part = parts[at] as Part;
    for (let depth = 0; depth < 120; depth++) part.payload = join([{ ...part, wire: 2 }]);
    part.wire = 2;
    return join(parts);
  },
];

function mutateBlindly(message: Buffer, rng: Rng): Buffer {
  let bytes = Buffer.from(message);
  const times = 1 + rng.intBelow(4);
  for (let n = 0; n < times; n++) bytes = blindly(bytes, rng);
  return bytes;
}

function blindly(bytes: Buffer, rng: Rng): Buffer<ArrayBuffer> {
  if (bytes.length === 0) return Buffer.from([rng.intBelow(256)]);
  const at = rng.intBelow(bytes.length);
  switch (rng.intBelow(6)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << rng.intBelow(8));
      return Buffer.from(bytes);
    case 1:
      bytes[at] = [0, 0x7f, 0x80, 0xff][rng.intBelow(4)] as number;
      return Buffer.from(bytes);
    case 2:
      return Buffer.from(bytes.subarray(0, at));
    case 3: {
      const cut = at + 1 + rng.intBelow(8);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(cut)]);
    }
    case 4: {
      const more = Buffer.alloc(1 + rng.intBelow(8));
      for (let n = 0; n < more.length; n++) more[n] = rng.intBelow(256);
      return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
    }
    default: {
      const from = rng.intBelow(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + 64), bytes.subarray(at)]);
    }
  }
}

/** The fields of a message; undefined when the bytes are none. */
function split(bytes: Buffer): Part[] | undefined {
  const parts: Part[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === undefined || tag.value < 8) return undefined;
    at = tag.end;
    const wire = tag.value & 7;
    let from = at;
    if (wire === 0) at = readVarint(bytes, at)?.end ?? Number.POSITIVE_INFINITY;
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = readVarint(bytes, at);
      if (length === undefined) return undefined;
      from = length.end;
      at = from + length.value;
    } else return undefined;
    if (at > bytes.length) return undefined;
    parts.push({ number: Math.floor(tag.value / 8), wire, payload: bytes.subarray(from, at) });
  }
  return parts;
}

function readVarint(bytes: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let n = 0; n < 10; n++) {
    const byte = bytes[from + n];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * n);
    if (byte < 0x80) return { value, end: from + n + 1 };
  }
  return undefined;
}

function join(parts: readonly Part[]): Buffer<ArrayBuffer> {
  return Buffer.concat(
    parts.flatMap(({ number, wire, payload }) => {
      const tag = varint(number * 8 + wire);
      return wire === 2 ? [tag, varint(payload.length), payload] : [tag, payload];
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
