/** Folded spellings by spelling. A memo of a pure function, so it changes no answer; emptied when full. */
const folded = new Map<string, string>();
const FOLDED_MAX = 4_096;

/**
 * A category without what tills and catalogues spell differently: letter case, spaces around it and runs of spaces within,
 * composed and decomposed letters. For comparisons only: people are shown what was told.
 */
export function foldCategory(category: string): string {
  const known = folded.get(category);
  if (known !== undefined) return known;
  if (folded.size >= FOLDED_MAX) folded.clear();
  const plain = category.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
  folded.set(category, plain);
  return plain;
}

/** Two spellings of one category. '' is one only with itself (and with blanks). */
export function sameCategoryAs(a: string, b: string): boolean {
  return a === b || foldCategory(a) === foldCategory(b);
}
