/** What channel systems really did: the messages that went out, and each delivery that arrived. */
import type { Deliver } from '../../gen/attune/v1/channel_pb.ts';

export interface Arrival {
  readonly dispatchId: string;
  readonly attempt: number;
}

export class SentMessages {
  /** How often the message of each dispatch went out, by dispatch id. */
  readonly times = new Map<string, number>();
  readonly arrivals: Arrival[] = [];

  /** A delivery came in, whether or not it is a repetition that the client recognises. */
  arrived({ dispatchId, attempt }: Deliver): void {
    this.arrivals.push({ dispatchId, attempt });
  }

  sent(dispatchId: string): void {
    this.times.set(dispatchId, (this.times.get(dispatchId) ?? 0) + 1);
  }

  /** Messages that somebody got twice. */
  get doubled(): readonly string[] {
    return [...this.times].filter(([, times]) => times > 1).map(([dispatchId]) => dispatchId);
  }
}
