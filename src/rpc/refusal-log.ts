/**
 * What was refused for good, for the people who run the producers: the newest of it, in memory. Owned by the server; every method that
 * refuses single messages adds to it.
 *
 * I1  No key of a person is kept: identifiers as a hash, and no value of one.
 */
import type { Violation } from '../codec/wire/violation.ts';
import type { IdentifierInput } from '../core/event/event-input.ts';
import { addresseeOf } from '../core/identity/customer.ts';
import type { Observer } from '../port/observer.ts';

export interface RefusedMessage {
  /** ms since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly source: string;
  readonly id: string;
  /** `kind:hash`, or ''. */
  readonly key: string;
  readonly violations: readonly Violation[];
}

/** What is known of a message that was refused. */
export interface RefusedInput {
  readonly method: string;
  readonly source: string;
  readonly id: string;
  readonly identifiers: readonly IdentifierInput[];
  readonly violations: readonly Violation[];
}

const FAULTS_MAX = 8;

export class RefusalLog {
  readonly #max: number;
  readonly #now: () => number;
  readonly #observer: Observer;
  readonly #ring: RefusedMessage[] = [];
  #total = 0;

  /** Keeps the last `max`. */
  constructor(max: number, now: () => number, observer: Observer) {
    this.#max = max;
    this.#now = now;
    this.#observer = observer;
  }

  /** All that were added, also those that are gone. */
  get total(): number {
    return this.#total;
  }

  add({ method, source, id, identifiers, violations }: RefusedInput): void {
    const entry = {
      ...{ at: this.#now(), method, source, id, key: keyOf(identifiers) },
      violations: violations.slice(0, FAULTS_MAX).map(withoutKey),
    };
    this.#ring[this.#total++ % this.#max] = entry;
    const rule = violations[0]?.rule ?? 'unknown';
    this.#observer.count('attune_refusals_total', 1, `${rule} ${source}`);
  }

  /** Nothing of those that a person sent is left but the rule; I1 leaves a hash of their first key to find them by. */
  forget(identifiers: readonly IdentifierInput[]): void {
    const keys = new Set(identifiers.map((one) => keyOf([one])));
    for (const [at, entry] of this.#ring.entries())
      if (keys.has(entry.key))
        this.#ring[at] = {
          ...{ ...entry, id: '', key: '' },
          violations: entry.violations.map((one) => ({ ...one, value: '', message: '' })),
        };
  }

  /** The newest first, at most `limit` of those that `wanted` names. */
  newest(limit: number, wanted: (refused: RefusedMessage) => boolean): RefusedMessage[] {
    const found: RefusedMessage[] = [];
    const kept = Math.min(this.#total, this.#max);
    for (let back = 1; back <= kept && found.length < limit; back++) {
      const entry = this.#ring[(this.#total - back) % this.#max] as RefusedMessage;
      if (wanted(entry)) found.push(entry);
    }
    return found;
  }
}

function keyOf(identifiers: readonly IdentifierInput[]): string {
  const [first] = identifiers;
  return first === undefined ? '' : `${first.kind}:${addresseeOf(first.kind, first.value).id}`;
}

/** I1. */
function withoutKey(violation: Violation): Violation {
  return /identifiers\[\d+\]\.value/.test(violation.field) ? { ...violation, value: '' } : violation;
}
