/** Words shorter than this have too many neighbours that are words of their own: shirts and skirts. */
const ONE_EDIT_CHARS_MIN = 8;

/**
 * Whether two different words are most likely one, spelt twice: letter case and separators, one and many, a doubled letter, two
 * neighbours swapped; in long words any one letter but the first. What differs in a number, or in a letter that stands alone, is told
 * apart on purpose: shoes-2024 and shoes-2025, collection a and collection b.
 */
export function isNearSpelling(a: string, b: string): boolean {
  if (numbersOf(a) !== numbersOf(b)) return false;
  const [left, right] = [plain(a), plain(b)];
  if (left === right) return a !== b;
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  if (long === `${short}s` || long === `${short}es`) return true;
  if (undoubled(left) === undoubled(right)) return true;
  if (isSwapped(left, right)) return true;
  return (
    short.length >= ONE_EDIT_CHARS_MIN &&
    short[0] === long[0] &&
    isOneLetterApart(short, long) &&
    loneLetters(a) === loneLetters(b)
  );
}

/** Texts of which two words share one if they are near, so that nobody needs to compare all with all. */
export function spellingKeys(word: string): readonly string[] {
  const text = plain(word);
  const keys = [text, undoubled(text), ...['s', 'es'].filter((end) => text.endsWith(end)).map(without(text))];
  for (let at = 0; at < text.length; at++) {
    const [before, after] = [text.slice(0, at), text.slice(at + 1)];
    const [one, next] = [text[at] as string, text[at + 1]];
    if (next !== undefined)
      keys.push(`${before}${[one, next].sort().join('')}${after.slice(1)} swapped ${at}`);
    if (text.length >= ONE_EDIT_CHARS_MIN) keys.push(`${before} ${after}`, before + after);
  }
  return [...new Set(keys)];
}

function without(text: string): (end: string) => string {
  return (end) => text.slice(0, -end.length);
}

function plain(word: string): string {
  return word
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

function numbersOf(word: string): string {
  return (word.match(/\p{N}+/gu) ?? []).join(' ');
}

function loneLetters(word: string): string {
  return (word.toLowerCase().match(/(?<!\p{L})\p{L}(?!\p{L})/gu) ?? []).join(' ');
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
