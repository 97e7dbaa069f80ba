/** Sizes and variants as tills and shops spell them: `m` and `M` are one. */

/** A size for comparison, whatever its letters. */
export function sizeKey(size: string): string {
  return size.toLowerCase();
}

/** Two spellings of one size. */
export function isSameSize(a: string, b: string): boolean {
  return a === b || (a.length === b.length && sizeKey(a) === sizeKey(b));
}
