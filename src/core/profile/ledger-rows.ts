/** Rows of a profile's ledgers, as whoever does not keep them sees them. */

/** One product that the customer viewed. */
export interface ViewedProduct {
  productId: string;
  category: string;
  brand: string;
  size: string;
  price: number;
  lastAt: number;
  views: number;
}

/** What is counted or asked of a contact once and must not be again; bits of `Contact.marks`. */
export const CONTACT_MARKS = {
  /** A person opened it. */
  opened: 1,
  /** A person clicked, replied or converted. */
  answered: 2,
  /** It bounced hard. */
  bounced: 4,
  /** We asked its channel to give it back. */
  recalled: 8,
  /** Its action reaches the customer once only (once.ts). */
  once: 16,
  /** Its purpose has limits of its own: no cap and no habit of marketing counts it. */
  apart: 32,
} as const;
export type ContactMark = (typeof CONTACT_MARKS)[keyof typeof CONTACT_MARKS];

/** One row of the contact ledger. */
export interface Contact {
  readonly seq: number;
  readonly index: number;
  readonly choice: number;
  readonly action: string;
  readonly variant: string;
  readonly channel: number;
  readonly at: number;
  /** Index into CONTACT_STATES. */
  readonly state: number;
  /** Counts against caps: dispatched and not refunded, or shown. */
  readonly counts: boolean;
  /** '' when it carries none. */
  readonly offer: string;
  /** Product it promotes, '' when none. */
  readonly product: string;
  readonly promotion: boolean;
  readonly notAfter: number;
  readonly dispatched: boolean;
  /** CONTACT_MARKS, added up. */
  readonly marks: number;
}

/** One row of the ledger of awaited outcomes. */
export interface PendingOutcome {
  readonly seq: number;
  readonly index: number;
  readonly choice: number;
  readonly decidedAt: number;
  /** Until when each answer counts: the ends of its stages. */
  readonly clickUntil: number;
  readonly purchaseUntil: number;
  readonly unsubscribeUntil: number;
  /** Stages that have not matured, a bit each by OUTCOME_STAGES. Never 0. */
  readonly awaits: number;
  readonly channel: number;
  readonly engaged: boolean;
  readonly unsubscribed: boolean;
  readonly orders: number;
  readonly margin: number;
}
