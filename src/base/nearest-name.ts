/**
 * The name in `known` that a typing mistake most likely meant: least Levenshtein distance, at most a third of its length
 * (rounded up) and at most 3; undefined when none is that near. Names longer than 64 characters are not compared.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.ceil(name.length / 3)) + 1;
  const wanted = name.toLowerCase();
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean "x"?`, or a list of what there is when nothing is near and the list is short, else of what shares a word; else ''. */
export function suggestName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `; did you mean "${nearest}"?`;
  if (known.length === 0) return '; none is declared';
  if (known.length <= 16) return `; known are ${known.join(', ')}`;
  const akin = namesThatShareWords(name, known);
  return akin.length === 0 ? '' : `; known are, among others, ${akin.join(', ')}`;
}

/** The five that have most words in common with it: NO_CONSENT was meant as CONSENT_MISSING. Words that half of all have do not count. */
function namesThatShareWords(name: string, known: readonly string[]): string[] {
  const wanted = wordsOf(name).filter(
    (word) => known.filter((one) => wordsOf(one).includes(word)).length * 2 <= known.length,
  );
  const shared = (one: string): number => wordsOf(one).filter((word) => wanted.includes(word)).length;
  return known
    .filter((one) => shared(one) > 0)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, 5);
}

function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 2);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
