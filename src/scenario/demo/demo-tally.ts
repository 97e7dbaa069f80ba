import { Histogram } from '../../base/histogram.ts';
import type { Choice } from '../../gen/attune/v1/decision_pb.ts';

/** Counts and latencies of the demo, measured at the client. */
export class DemoTally {
  events = 0;
  decisions = 0;
  /** Decisions without a request: of triggers and plans. */
  ownDecisions = 0;
  dispatches = 0;
  withdrawals = 0;
  feedback = 0;
  /** Events and feedback that the service refused, by sentence. */
  readonly refusals = new Map<string, number>();
  readonly actions = new Map<string, number>();
  readonly channels = new Map<string, number>();
  /** Reasons for doing nothing. */
  readonly reasons = new Map<string, number>();
  /** From the request to the durable reply, of all decisions with a request. */
  readonly decideMs = new Histogram();
  readonly publishMs = new Histogram();

  countChoices(choices: readonly Choice[]): void {
    for (const { outcome } of choices) {
      if (outcome.case === 'treatment') {
        add(this.actions, outcome.value.actionId);
        add(this.channels, outcome.value.channel);
      } else if (outcome.case === 'noAction') add(this.reasons, outcome.value.reason);
      else add(this.reasons, 'LATER');
    }
  }

  countRefusal(sentence: string): void {
    add(this.refusals, sentence);
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
