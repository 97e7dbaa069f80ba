/** Deriving decisions again from the log, to show that they come out the same. */
import type { DecisionPlace } from '../core/decide/decision-id.ts';
import type { DecisionFact } from '../core/fact/fact.ts';

export interface ReplayOutcome {
  /** Byte for byte the same; undefined: it could not be derived again. */
  readonly identical: boolean | undefined;
  /** Why it could not be, or where it differs; '' when it is identical. */
  readonly note: string;
}

export interface Replays {
  /** Throws PortError when the log does not answer. */
  replay(place: DecisionPlace, fact: DecisionFact): Promise<ReplayOutcome>;
}
