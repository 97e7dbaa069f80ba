import { SECOND_MS } from '../../base/clock.ts';
import type { Treatment } from '../../gen/attune/v1/treatment_pb.ts';
import { type ShopTreatment, shopTreatment } from '../../world/treatment.ts';

/** A treatment of the contract as it reaches the shop's customer; `ref` names it in feedback. */
export function servedTreatment(
  ref: string,
  { actionId, channel, content, offer }: Treatment,
): ShopTreatment {
  return shopTreatment(ref, {
    actionId,
    channel,
    productIds: content?.productIds ?? [],
    offer:
      offer === undefined
        ? undefined
        : {
            kind: offer.kind,
            depth: offer.depth,
            code: offer.code,
            until: Number(offer.validUntil?.seconds ?? 0n) * SECOND_MS,
          },
  });
}
