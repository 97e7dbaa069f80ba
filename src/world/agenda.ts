import type { Millis } from '../base/clock.ts';
import { Heap } from '../base/heap.ts';
import type { FeedbackKind } from '../core/fact/fact.ts';
import type { Message } from './message.ts';
import type { Visit } from './shop-events.ts';
import type { ShopStep } from './shop-step.ts';
import type { Line, VisitKind } from './visit-plan.ts';

/** A customer comes for a reason: a checkout that they left, a treatment, or because the story says so. */
export interface Detour {
  readonly kind: 'detour';
  readonly customer: number;
  readonly visit: VisitKind;
  /** An order from here on makes the visit needless. */
  readonly since: Millis;
  readonly message: Message | undefined;
}

/** Something that is bound to happen. */
export type Due =
  | { readonly kind: 'step'; readonly step: ShopStep }
  | { readonly kind: 'order'; readonly visit: Visit; readonly lines: readonly Line[] }
  | { readonly kind: 'visit-end'; readonly visit: Visit }
  | Detour
  | { readonly kind: 'outreach'; readonly number: number }
  | { readonly kind: 'feedback'; readonly message: Message; readonly feedback: FeedbackKind };

interface Entry {
  readonly at: Millis;
  readonly sequence: number;
  readonly due: Due;
}

/** What is bound to happen, in order of time, and of what is due at one time in the order in which it was put in. */
export class Agenda {
  readonly #entries = new Heap<Entry>((a, b) => a.at - b.at || a.sequence - b.sequence);
  #sequence = 0;

  /** When the first thing is due; infinite when nothing is. */
  get earliest(): Millis {
    return this.#entries.peek()?.at ?? Number.POSITIVE_INFINITY;
  }

  put(at: Millis, due: Due): void {
    this.#entries.push({ at, sequence: this.#sequence++, due });
  }

  /** Takes the first thing out. */
  pop(): Due | undefined {
    return this.#entries.pop()?.due;
  }
}
