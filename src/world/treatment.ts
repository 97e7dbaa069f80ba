/**
 * What a message tries, as far as the world cares. The shop's customers react to the family, the offer, the product and the
 * channel; they do not read action ids.
 */
export const FAMILIES = [
  'bulk',
  'recommendation',
  'reminder',
  'free_shipping',
  'discount',
  'social_proof',
  'urgency',
  'guide',
  'notify_me',
  'early_access',
  'cross_sell',
  'replenish',
  'win_back',
  'onboarding',
  'recognition',
  'care',
] as const;
export type Family = (typeof FAMILIES)[number];

/** A treatment as it reaches a customer. */
export interface ShopTreatment {
  /** Names it in feedback: the dispatch id of what was sent, the tracking token of what was shown. */
  readonly ref: string;
  readonly family: Family;
  /** Name of a channel. */
  readonly channel: string;
  /** '' when it names no product. */
  readonly productId: string;
  readonly offer: ShopOffer | undefined;
}

export interface ShopOffer {
  /** As in the policy: percent, amount, free_shipping, early_access, points, gift. */
  readonly kind: string;
  /** Per cent for `percent`, currency for `amount` and `gift`, else ignored. */
  readonly depth: number;
  readonly code: string;
  /** Last moment at which the code works. */
  readonly until: number;
}

/** A treatment as the service gives it, with its parts under the contract's names. */
export interface ServedTreatment {
  readonly actionId: string;
  readonly channel: string;
  readonly productIds: readonly string[];
  readonly offer: ShopOffer | undefined;
}

/** The served treatment as the world sees it. */
export function shopTreatment(ref: string, served: ServedTreatment): ShopTreatment {
  const { actionId, channel, productIds, offer } = served;
  return { ref, family: familyOf(actionId, offer), channel, productId: productIds[0] ?? '', offer };
}

const OFFER_FAMILIES: Readonly<Record<string, Family>> = {
  free_shipping: 'free_shipping',
  percent: 'discount',
  amount: 'discount',
  early_access: 'early_access',
  points: 'recognition',
};

// Asked in this order; the first that is found in the action's id decides. They fit the starter policy's ids.
const WORDS: readonly (readonly [word: RegExp, family: Family])[] = [
  [/^care|order_confirm|delivery_news/, 'care'],
  [/notify/, 'notify_me'],
  [/free_shipping/, 'free_shipping'],
  [/low_stock|urgen/, 'urgency'],
  [/social_proof|popular|review/, 'social_proof'],
  [/guide|advice|compare/, 'guide'],
  [/early_access|preview/, 'early_access'],
  [/win_back|reactivate/, 'win_back'],
  [/cross_sell/, 'cross_sell'],
  [/replenish/, 'replenish'],
  [/onboarding|welcome/, 'onboarding'],
  [/loyal|thank/, 'recognition'],
  [/category|whats_new/, 'recommendation'],
  [/checkout|cart|remind|viewed|browse/, 'reminder'],
];

/**
 * The family of a policy's action, from its offer and then from the words of its id; `bulk` when neither tells anything, which is
 * the weakest of all. Who names actions otherwise gives the family itself.
 */
export function familyOf(actionId: string, offer: Pick<ShopOffer, 'kind'> | undefined): Family {
  const byOffer = OFFER_FAMILIES[offer?.kind ?? ''];
  if (byOffer !== undefined) return byOffer;
  for (const [word, family] of WORDS) if (word.test(actionId)) return family;
  return 'bulk';
}
