import type { Guardrail } from './guardrail.ts';

/**
 * What is promoted was bought not long ago. Compared: when, until when it is not promoted (`purchased` in
 * candidate/promotable.ts, which the search for a subject asks); names the product or the category.
 */
export const purchase: Guardrail = {
  scope: 'subject',
  reasons: ['PURCHASED_PRODUCT', 'PURCHASED_CATEGORY'],
  check: (verdict, candidate) => candidate.action.promotion && verdict.adopt(candidate.subject.purchase),
};
