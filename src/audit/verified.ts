/** What `attune verify` found. */
export interface Verified {
  facts: number;
  decisions: number;
  /** Matured stages of decisions that were derived again. */
  outcomes: number;
  /** Hand-overs that said something else than their decisions, derived again. */
  handOvers: number;
  customers: number;
  snapshots: number;
  /** Profiles in images that were compared with the fold. */
  imageRows: number;
  /** Decisions whose logits were computed again, on the features in their records. */
  rescored: number;
  /** Decisions, outcomes, hand-overs and snapshots that came out otherwise. */
  different: number;
  /** Customers whose first records retention has dropped: nothing is said of them. */
  incomplete: number;
  /** Decisions not derived again: they, or facts of their customers before them, are of a core revision that is not carried. */
  skipped: number;
  /** What lies in the future is no difference, and told: a sentence on the record that is furthest ahead of this machine's clock; '' none. */
  future: string;
  /** What is damaged or missing, a sentence each, as a service that starts says it. */
  readonly findings: string[];
  readonly differences: string[];
}

const COUNTS = [
  ...(['facts', 'decisions', 'outcomes', 'handOvers', 'customers', 'snapshots', 'imageRows'] as const),
  ...(['rescored', 'different', 'incomplete', 'skipped'] as const),
] as const;
/** Of all that differ. */
export const DIFFERENCES_SHOWN = 20;

export function newVerified(findings: readonly string[]): Verified {
  return {
    ...{ facts: 0, decisions: 0, outcomes: 0, handOvers: 0, customers: 0, snapshots: 0, imageRows: 0 },
    ...{ rescored: 0, different: 0, incomplete: 0, skipped: 0, future: '' },
    ...{ findings: [...findings], differences: [] },
  };
}

/** Adds what was found in a part. */
export function takeIn(verified: Verified, part: Verified): void {
  for (const count of COUNTS) verified[count] += part[count];
  verified.findings.push(...part.findings.filter((sentence) => !verified.findings.includes(sentence)));
  verified.differences.push(...part.differences.slice(0, DIFFERENCES_SHOWN - verified.differences.length));
}
