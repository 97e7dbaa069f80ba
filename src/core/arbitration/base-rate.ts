/**
 * What to add to each of a model's logits so that it speaks of another shop: a model that learned where `learned` of the customers buy
 * in a week, and a shop where `own` do (0: it does not say, and nothing is added). The odds change by the ratio of the two shops' odds,
 * which is right where only the share of buyers differs, not who they are (prior shift: Saerens, Latinne & Decaestecker 2002, eq. 2.4).
 */
export function baseRateShift(own: number, learned: number): number {
  return own === 0 ? 0 : logit(own) - logit(learned);
}

/** Of a probability between 0 and 1, both excluded. */
export function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}
