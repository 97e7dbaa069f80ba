/** The true probabilities of a treatment for one customer: what a learner should come to know. */
import { channelIndex } from '../core/channel.ts';
import type { ShopCatalog } from './catalog.ts';
import type { CustomerTruth } from './customer-truth.ts';
import { isShown } from './reaction.ts';
import type { ShopTreatment } from './treatment.ts';
import {
  type Aim,
  attentionRate,
  type CustomerMoment,
  liftRate,
  OWNED_DAYS,
  orderProbability,
  unsubscribeRate,
} from './truth.ts';
import { inStock, lineOf } from './visit-plan.ts';

export interface TreatmentTruth {
  /** P(an order within 7 days) untouched. */
  readonly p0: number;
  /** P(the customer notices it). */
  readonly attention: number;
  /** P(it brings an order | noticed). */
  readonly lift: number;
  /** attention · lift · (1 − p0). */
  readonly tau: number;
  readonly unsubscribe: number;
}

export function treatmentTruth(
  x: CustomerTruth,
  treatment: ShopTreatment,
  aim: Aim,
  moment: CustomerMoment,
): TreatmentTruth {
  const p0 = orderProbability(x, moment);
  const attention = attentionRate(x, aim.channel, moment, isShown(treatment.channel));
  const lift = liftRate(x, aim, moment);
  return {
    p0,
    attention,
    lift,
    tau: attention * lift * (1 - p0),
    unsubscribe: isShown(treatment.channel) ? 0 : unsubscribeRate(x, aim, moment),
  };
}

/** What a treatment is to this customer. `lastProduct` is the place in the catalogue of what they ordered last. */
export function aimOf(
  x: CustomerTruth,
  treatment: ShopTreatment,
  moment: CustomerMoment,
  catalog: ShopCatalog,
  lastProduct: number,
): Aim {
  return {
    family: treatment.family,
    channel: channelIndex(treatment.channel),
    depth: treatment.offer?.kind === 'percent' ? treatment.offer.depth : 10,
    subject: subjectOf(x, treatment.productId, moment, catalog, lastProduct),
  };
}

function subjectOf(
  x: CustomerTruth,
  productId: string,
  moment: CustomerMoment,
  catalog: ShopCatalog,
  lastProduct: number,
): Aim['subject'] {
  const product = catalog.byId.get(productId);
  if (product === undefined) return 'none';
  if (product.index === lastProduct && moment.daysSinceOrder < OWNED_DAYS) return 'owned';
  if (!inStock(lineOf(x, product))) return 'sold_out';
  return x.categories.includes(product.categoryIndex) ? 'favourite' : 'other';
}
