/**
 * Header blocks that we send: literals that enter no table and are not Huffman-coded, so that a block depends on nothing
 * that was sent before, is made once and serves all connections.
 */

const STATUS_200 = 0x88;
/** `:status` in the static table. */
const STATUS_NAME = 8;
const LITERAL = 0x00;
const LITERAL_BITS = 4;
const LENGTH_BITS = 7;

/** A block of these headers: names in lower case, values of latin1 characters. `:status` must be the first. */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (name === ':status' && value === '200') {
      parts.push(Buffer.from([STATUS_200]));
      continue;
    }
    if (name === ':status') parts.push(integer(LITERAL, LITERAL_BITS, STATUS_NAME));
    else parts.push(integer(LITERAL, LITERAL_BITS, 0), text(name));
    parts.push(text(value));
  }
  return Buffer.concat(parts);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(0, LENGTH_BITS, bytes.length), bytes]);
}

/** RFC 7541, 5.1: a whole number behind the bits of `first`, in what is left of its byte and as many more as it takes. */
function integer(first: number, bits: number, value: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([first | value]);
  const bytes = [first | most];
  let rest = value - most;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
