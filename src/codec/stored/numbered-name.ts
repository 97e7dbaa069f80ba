/** Names that are `#` and a number, as conditions have them in a record (`condition-memo.ts`). */

/** What is longer is stored as any other text. */
const CHARS_MAX = 5;
export const NUMBER_MAX = 9_999;
const HASH = 35;
const ZERO = 48;

/** Made when they are read first, and shared by all records. */
const names: (string | undefined)[] = [];

/** The number, −1 when `name` is not what `nameOf` gives for one. */
export function numberOfName(name: string): number {
  const length = name.length;
  if (length < 2 || length > CHARS_MAX || name.charCodeAt(0) !== HASH) return -1;
  let number = 0;
  for (let i = 1; i < length; i++) {
    const digit = name.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9 || (number === 0 && i > 1)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** `number`: whole, from 0 to NUMBER_MAX. */
export function nameOf(number: number): string {
  for (let next = names.length; next <= number; next++) names.push(`#${next}`);
  return names[number] as string;
}
