import type { Policy } from '../../core/policy/policy.ts';
import type { Treatment } from '../../gen/attune/v1/treatment_pb.ts';
import { listOf } from '../file/shape-words.ts';
import { type Complaint, complaint, either } from './failure.ts';

/** What can be expected of any treatment. */
export interface TreatmentExpectation {
  readonly offer?: string | string[] | undefined;
  readonly no_offer?: boolean | undefined;
  readonly no_discount?: boolean | undefined;
  readonly shows?: string | string[] | undefined;
  readonly not_promoting?: string | string[] | undefined;
  readonly contains?: string | string[] | undefined;
}

const DISCOUNTS = ['percent', 'amount', 'free_shipping'];

export function matchTreatment(
  expected: TreatmentExpectation,
  treatment: Treatment | undefined,
  policy: Policy,
): Complaint[] {
  const complaints: Complaint[] = [];
  const found = treatment === undefined ? 'nothing' : treatmentText(treatment);
  const offer = treatment?.offer;
  const wanted = listOf(expected.offer);
  if (wanted.length > 0 && !wanted.includes(offer?.offerId ?? ''))
    complaints.push(complaint(`the offer ${either(wanted)}`, found));
  if (expected.no_offer === true && offer !== undefined) complaints.push(complaint('no offer', found));
  if (expected.no_discount === true && offer !== undefined && DISCOUNTS.includes(offer.kind))
    complaints.push(complaint('no offer that costs money', found));
  const products = treatment?.content?.productIds ?? [];
  for (const product of listOf(expected.shows))
    if (!products.includes(product)) complaints.push(complaint(`the product ${product} in it`, found));
  for (const product of listOf(expected.not_promoting)) {
    const promotes = policy.actions.find((action) => action.id === treatment?.actionId)?.promotion === true;
    if (promotes && products.includes(product))
      complaints.push(complaint(`nothing that promotes ${product}`, found));
  }
  const rendered = `${treatment?.content?.rendered ?? ''}\n${Object.values(treatment?.content?.slots ?? {}).join('\n')}`;
  for (const part of listOf(expected.contains))
    if (!rendered.includes(part)) complaints.push(complaint(`a text with "${part}"`, `"${rendered.trim()}"`));
  return complaints;
}

/** "checkout_reminder/plain on email about coat with spring_20". */
export function treatmentText(treatment: Treatment): string {
  const products = treatment.content?.productIds ?? [];
  const about = products.length === 0 ? '' : ` about ${products.join(', ')}`;
  const offer = treatment.offer === undefined ? '' : ` with ${treatment.offer.offerId}`;
  return `${treatment.actionId}/${treatment.variantId} on ${treatment.channel}${about}${offer}`;
}
