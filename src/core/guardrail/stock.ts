import type { Guardrail } from './guardrail.ts';

/**
 * What is promoted is sold out in the customer's size. Compared: units left, 1 (`soldOut` in candidate/promotable.ts, which
 * the search for a subject asks); names the product.
 */
export const stock: Guardrail = {
  scope: 'subject',
  reasons: ['OUT_OF_STOCK'],
  check: (verdict, candidate) => candidate.action.promotion && verdict.adopt(candidate.subject.sold),
};
