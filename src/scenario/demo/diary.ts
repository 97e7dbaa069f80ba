/**
 * What happened to each customer, as seen from outside of the service: what they did, what was shown and sent, how they
 * reacted. The story at the demo's end is read from it.
 */
import { MINUTE_MS } from '../../base/clock.ts';

export interface DiaryEntry {
  readonly at: number;
  readonly kind: 'event' | 'shown' | 'decided' | 'sent' | 'feedback' | 'click' | 'order';
  readonly text: string;
  /** Undefined for an entry that no decision caused. */
  readonly decisionId: string | undefined;
}

export interface Story {
  readonly customer: number;
  readonly entries: readonly DiaryEntry[];
  /** The decision that the story is about. */
  readonly decisionId: string;
  /** The customer clicked what was sent, and bought. */
  readonly isConverted: boolean;
}

const VISIT_GAP_MS = 30 * MINUTE_MS;
const FOLLOWED_MS = 120 * MINUTE_MS;
const ENTRIES_MAX = 200;

export class Diary {
  readonly #entries = new Map<number, DiaryEntry[]>();

  note(customer: number, entry: DiaryEntry): void {
    const own = this.#entries.get(customer) ?? [];
    this.#entries.set(customer, own);
    own.push(entry);
    if (own.length > ENTRIES_MAX) own.shift();
  }

  /**
   * One message that a trigger caused, from the first page of the visit before it to its end: the preferred customer's
   * if they bought, else of any customer who bought, else one without an order. Undefined when no trigger sent anything.
   */
  story(preferred: number): Story | undefined {
    const own = this.storyOf(preferred);
    if (own?.isConverted) return own;
    let best = own;
    for (const customer of this.#entries.keys()) {
      const found = this.storyOf(customer);
      if (found?.isConverted) return found;
      best ??= found;
    }
    return best;
  }

  storyOf(customer: number): Story | undefined {
    const entries = [...(this.#entries.get(customer) ?? [])].sort((a, b) => a.at - b.at);
    const decided = entries.findIndex(
      ({ kind, decisionId }) => kind === 'decided' && wasSent(entries, decisionId),
    );
    const turn = entries[decided];
    if (turn?.decisionId === undefined) return undefined;
    let first = decided;
    while (
      first > 0 &&
      (entries[first] as DiaryEntry).at - (entries[first - 1] as DiaryEntry).at < VISIT_GAP_MS
    )
      first--;
    const until = turn.at + FOLLOWED_MS;
    const click = entries.findIndex(({ kind, at }, i) => i > decided && kind === 'click' && at < until);
    const order = entries.findIndex(({ kind, at }, i) => i > click && kind === 'order' && at < until);
    const isConverted = click >= 0 && order >= 0;
    const last = isConverted ? order : entries.findLastIndex(({ at }) => at < until);
    return { customer, entries: entries.slice(first, last + 1), decisionId: turn.decisionId, isConverted };
  }
}

function wasSent(entries: readonly DiaryEntry[], decision: string | undefined): boolean {
  return entries.some(({ kind, decisionId }) => kind === 'sent' && decisionId === decision);
}
