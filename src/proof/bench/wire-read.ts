/** Reads single fields of a protobuf message where it lies, for replies that come too fast to decode. */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Bytes of the last varint read. */
let after = 0;

function varint(bytes: Buffer, at: number): number {
  let value = 0;
  let scale = 1;
  let from = at;
  for (;;) {
    const byte = bytes[from++];
    if (byte === undefined) throw new Error('A reply ends inside a number.');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 128;
  }
  after = from;
  return value;
}

/** Where the value of a field begins; -1 when the message lacks it. For bytes and messages: where their length stands. */
export function findField(bytes: Buffer, start: number, end: number, field: number): number {
  let at = start;
  while (at < end) {
    const key = varint(bytes, at);
    at = after;
    if (key >>> 3 === field) return at;
    switch (key & 7) {
      case VARINT:
        varint(bytes, at);
        at = after;
        break;
      case FIXED64:
        at += 8;
        break;
      case BYTES:
        at = varint(bytes, at) + after;
        break;
      case FIXED32:
        at += 4;
        break;
      default:
        throw new Error('A reply is no protobuf message.');
    }
  }
  return -1;
}

/** A number field; 0 when the message lacks it. Exact below 2^53. */
export function numberField(bytes: Buffer, start: number, end: number, field: number): number {
  const at = findField(bytes, start, end, field);
  return at < 0 ? 0 : varint(bytes, at);
}

/** The same within a message field; 0 when the message or the field is missing. */
export function innerNumberField(
  bytes: Buffer,
  start: number,
  end: number,
  field: number,
  inner: number,
): number {
  const at = findField(bytes, start, end, field);
  if (at < 0) return 0;
  const length = varint(bytes, at);
  return numberField(bytes, after, after + length, inner);
}

/** Calls `visit` with each value of a repeated message field; answers how many there are. */
export function eachMessage(
  bytes: Buffer,
  start: number,
  end: number,
  field: number,
  visit: (start: number, end: number) => void,
): number {
  let count = 0;
  for (let at = start; at < end; ) {
    const found = findField(bytes, at, end, field);
    if (found < 0) break;
    const length = varint(bytes, found);
    const from = after;
    at = from + length;
    count++;
    visit(from, at);
  }
  return count;
}

/** The bytes of a message that holds these messages in a repeated field of a number below 16. */
export function messageOf(field: number, messages: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (const message of messages) {
    const head = [(field << 3) | BYTES];
    let length = message.length;
    for (; length > 0x7f; length >>>= 7) head.push((length & 0x7f) | 0x80);
    head.push(length);
    parts.push(Buffer.from(head), message);
  }
  return Buffer.concat(parts);
}
