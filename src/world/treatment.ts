/**
 * What a message tries, as far as the world cares. The shop's customers react to the family, the offer, the product and the
 * channel; they do not read action ids.
 */
export const FAMILIES = [
  'bulk',
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
  /** Per cent for `percent`, currency for `amount`, else ignored. */
  readonly depth: number;
  readonly code: string;
  /** Last moment at which the code works. */
  readonly until: number;
}

// Asked in this order; the first word found in the action's id decides.
const WORDS: readonly (readonly [word: RegExp, family: Family])[] = [
  [/ship|delivery-free/, 'free_shipping'],
  [/notify|back-in-stock|restock/, 'notify_me'],
  [/social|proof|review|bestsell|popular/, 'social_proof'],
  [/urgen|low-stock|last|scarc/, 'urgency'],
  [/guide|compar|size|advice|style/, 'guide'],
  [/early|access|preview|vip/, 'early_access'],
  [/win-?back|reactivat|comeback|miss/, 'win_back'],
  [/cross|complement|complete|accessor|match|goes-with/, 'cross_sell'],
  [/replenish|refill|again/, 'replenish'],
  [/onboard|welcome|first/, 'onboarding'],
  [/recogni|loyal|thank|tier|points|birthday/, 'recognition'],
  [/care|track|order-|confirm|how-to/, 'care'],
  [/recover|cart|checkout|remind|payment|retry|view|browse|recommend|for-you|drop/, 'reminder'],
];

/**
 * The family of a policy's action, from its offer and then from the words of its id; `bulk` when neither tells anything, which is
 * the weakest of all. A policy that names its actions otherwise passes the family itself.
 */
export function familyOf(actionId: string, offer: ShopOffer | undefined): Family {
  if (offer?.kind === 'free_shipping') return 'free_shipping';
  if (offer?.kind === 'percent' || offer?.kind === 'amount' || offer?.kind === 'gift') return 'discount';
  if (offer?.kind === 'early_access') return 'early_access';
  if (offer?.kind === 'points') return 'recognition';
  const words = actionId.toLowerCase().replaceAll('_', '-');
  for (const [word, family] of WORDS) if (word.test(words)) return family;
  return 'bulk';
}
