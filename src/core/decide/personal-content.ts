/**
 * What content shows of who the customer is. A browser of which only a link in a message says whose it is may be somebody else's, to whom
 * the message was passed on: it is shown none of this.
 */
import type { Slot, SubjectKind } from '../policy/policy.ts';

/** Begins what a rule names where a blank or a subject would have had a value. */
export const PROVISIONAL = 'provisional:';

/** What the shop told of the customer, what follows from orders and habits, the order or case at hand, and their size. */
export function isPersonal(source: Slot['source']): boolean {
  switch (source.kind) {
    case 'attribute':
    case 'trait':
    case 'moment':
      return true;
    case 'subject':
      return source.field === 'size';
    case 'text':
    case 'offer':
    case 'message':
      return false;
  }
}

/** What lies in their cart, and what they bought. */
export function isPersonalSubject(subject: SubjectKind): boolean {
  return subject === 'cart' || subject === 'ordered' || subject === 'owned';
}
