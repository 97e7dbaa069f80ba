import { actionNeverAsked } from './action-never-asked.ts';
import { conditionNeverHolds } from './condition-never-holds.ts';
import { liftBeyondReach } from './lift-beyond-reach.ts';
import { liftNegative } from './lift-negative.ts';
import type { Lint } from './lint.ts';
import { marginFloorAboveRate } from './margin-floor-above-rate.ts';
import { offerWithoutBudget } from './offer-without-budget.ts';
import { placementWithoutAction } from './placement-without-action.ts';
import { promotionAsService } from './promotion-as-service.ts';
import { sdFarBelowMean } from './sd-far-below-mean.ts';
import { stageWithoutAction } from './stage-without-action.ts';
import { unknownCategory } from './unknown-category.ts';
import { unknownProduct } from './unknown-product.ts';

/** All lints. Their ids are what replies and JSON carry: none is ever given to another warning. */
export const LINTS: readonly Lint[] = [
  liftBeyondReach,
  sdFarBelowMean,
  liftNegative,
  marginFloorAboveRate,
  conditionNeverHolds,
  unknownCategory,
  unknownProduct,
  offerWithoutBudget,
  placementWithoutAction,
  actionNeverAsked,
  stageWithoutAction,
  promotionAsService,
];
