/** The Huffman code of HPACK (RFC 7541, Appendix B), for reading: what we send is not coded. */

/** Bits of each byte's code and, last, of the end mark's. The code is canonical: its bits follow from these alone. */
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const END_MARK = 256;
/** Padding is shorter than a byte. */
const PADDING_BITS_MAX = 7;

/** The shortest code has 5 bits. */
const GROWTH_MAX = 8 / 5;
/** Where text is put together: grown character by character, a string would be a chain of 32 bytes for each. */
let scratch: Buffer = Buffer.allocUnsafeSlow(1_024);

/** Two children of each node; a leaf stands as the complement of its byte, nothing as 0. */
const TREE = treeOf(LENGTHS);

/** The text of `bytes` as latin1; undefined when the code is broken or the padding is not the end mark's beginning. */
export function huffmanText(bytes: Buffer, start: number, end: number): string | undefined {
  const most = Math.ceil((end - start) * GROWTH_MAX);
  if (most > scratch.length) scratch = Buffer.allocUnsafeSlow(most);
  let length = 0;
  let node = 0;
  let bits = 0;
  let ones = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (byte >>> shift) & 1;
      const next = TREE[2 * node + bit] as number;
      if (next < 0) {
        if (~next === END_MARK) return undefined;
        scratch[length++] = ~next;
        node = 0;
        bits = 0;
        ones = true;
      } else {
        node = next;
        bits++;
        if (bit === 0) ones = false;
      }
    }
  }
  return ones && bits <= PADDING_BITS_MAX ? scratch.toString('latin1', 0, length) : undefined;
}

function treeOf(lengths: readonly number[]): Int16Array {
  const tree = new Int16Array(2 * lengths.length);
  const order = lengths.map((_, symbol) => symbol);
  order.sort((a, b) => (lengths[a] as number) - (lengths[b] as number) || a - b);
  let nodes = 1;
  let code = 0;
  let length = 0;
  for (const symbol of order) {
    const bits = lengths[symbol] as number;
    code *= 2 ** (bits - length);
    length = bits;
    let node = 0;
    for (let shift = bits - 1; shift > 0; shift--) {
      const slot = 2 * node + ((code >>> shift) & 1);
      if (tree[slot] === 0) tree[slot] = nodes++;
      node = tree[slot] as number;
    }
    tree[2 * node + (code & 1)] = ~symbol;
    code++;
  }
  return tree;
}
