/**
 * What systems send in place of a key when they know none, where a policy does not say. Compared without case and surrounding space;
 * zeros in any number, with or without dashes, blanks and templates that nobody filled in (`{{user_id}}`) are nobody by themselves.
 */
export const IMPOSSIBLE_IDENTIFIERS: readonly string[] = [
  'undefined',
  'null',
  'nil',
  'none',
  'nan',
  'n/a',
  'na',
  'unknown',
  'anonymous',
  'guest',
  'not set',
  '(not set)',
  '[object object]',
  '{}',
  '[]',
  '""',
  // MD5 and SHA-1 of nothing.
  'd41d8cd98f00b204e9800998ecf8427e',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'true',
  'false',
  '-',
  '-1',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'test@test.com',
  'test@example.com',
  'noreply@example.com',
  'none@none.com',
  'no@email.com',
  'n/a@n/a.com',
];

/**
 * The values of a list as they are compared: in small letters, and hashed as a producer hashes them, the hash of nothing
 * included. `sha256`: of a text, in hexadecimal; absent: no hashes.
 */
export function impossibleValues(
  words: readonly string[],
  sha256: ((text: string) => string) | undefined,
): ReadonlySet<string> {
  const values = new Set(words.map((word) => word.trim().toLowerCase()));
  if (sha256 === undefined) return values;
  for (const word of ['', ' ', '0', ...words]) {
    for (const spelt of [word, word.toLowerCase(), word.toUpperCase()])
      values.add(sha256(spelt).toLowerCase());
  }
  return values;
}
