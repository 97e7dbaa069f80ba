/** Words shorter than this have too many neighbours that are words of their own: shirts and skirts. */
const ONE_EDIT_CHARS_MIN = 8;

/**
 * Whether two different words are most likely one, spelt twice: letter case and separators, one and many, a doubled letter, two
 * neighbours swapped; in long words any one letter.
 */
export function isNearSpelling(a: string, b: string): boolean {
  const [left, right] = [plain(a), plain(b)];
  if (left === right) return a !== b;
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  if (long === `${short}s` || long === `${short}es`) return true;
  if (undoubled(left) === undoubled(right)) return true;
  if (isSwapped(left, right)) return true;
  return short.length >= ONE_EDIT_CHARS_MIN && isOneLetterApart(short, long);
}

function plain(word: string): string {
  return word
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

function undoubled(word: string): string {
  return word.replace(/(.)\1+/gu, '$1');
}

function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, i) => letter !== b[i]);
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

function isOneLetterApart(short: string, long: string): boolean {
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  return short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1);
}
