/** Lower-case hexadecimal digits, two to a byte. */

export const UUID_CHARS = 36;
const DASH = 45;
/** Makes any pair of digits that it is in exceed a byte. */
const NO_DIGIT = 256;
const HEX_VALUE = hexValues();

/**
 * Packs an even number of digits from `at`, which must have room. Returns the place behind them, −1 when a character is
 * no such digit (bytes from `at` on may then be overwritten).
 */
export function packHex(value: string, bytes: Uint8Array, at: number): number {
  let to = at;
  for (let i = 0; i < value.length; i += 2) {
    const byte = pair(value, i);
    if (byte > 0xff) return -1;
    bytes[to++] = byte;
  }
  return to;
}

/** The same for the 36 characters of a UUID, whose dashes are left out. */
export function packUuid(value: string, bytes: Uint8Array, at: number): number {
  let to = at;
  for (let i = 0; i < UUID_CHARS; i += 2) {
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (value.charCodeAt(i) !== DASH) return -1;
      i++;
    }
    const byte = pair(value, i);
    if (byte > 0xff) return -1;
    bytes[to++] = byte;
  }
  return to;
}

function pair(value: string, at: number): number {
  const high = HEX_VALUE[value.charCodeAt(at)] ?? NO_DIGIT;
  const low = HEX_VALUE[value.charCodeAt(at + 1)] ?? NO_DIGIT;
  return (high << 4) | low;
}

/** Of a character: 0–15, or NO_DIGIT. */
function hexValues(): Uint16Array {
  const values = new Uint16Array(128).fill(NO_DIGIT);
  for (let digit = 0; digit < 16; digit++) values[digit.toString(16).charCodeAt(0)] = digit;
  return values;
}
