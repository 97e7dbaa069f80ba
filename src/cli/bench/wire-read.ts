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
