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
