import { commonCurrency } from '../../base/amount-text.ts';
import type { EventNotes } from './event-notes.ts';

/**
 * Notes that gather in which currency an event's amounts are, where they name it themselves. All amounts of an event are in one
 * currency: one that names another is a fault (`event.currency`), because it would be taken at its number.
 */
export class MoneyNotes implements EventNotes {
  readonly #notes: EventNotes;
  #currency: string;

  /** `currency`: what the event itself says; '': nothing. */
  constructor(notes: EventNotes, currency: string) {
    this.#notes = notes;
    this.#currency = currency;
  }

  /** ISO 4217 code, or a sign that several currencies share; '': nobody names one. */
  get currency(): string {
    return this.#currency;
  }

  fault(field: string, rule: string, value: string, sentence: string): void {
    this.#notes.fault(field, rule, value, sentence);
  }

  warn(field: string, rule: string, value: string, sentence: string): void {
    this.#notes.warn(field, rule, value, sentence);
  }

  money(field: string, value: string, currency: string): void {
    const common = this.#currency === '' ? currency : commonCurrency(this.#currency, currency);
    if (common === undefined)
      this.fault(field, 'event.currency', value, `is in ${currency}, and the event in ${this.#currency}`);
    else this.#currency = common;
  }
}
