/**
 * One customer's story, written and not drawn: from the first page view over a checkout that is left when the shipping cost shows
 * to the order that an intervention brings. A demo tells it; the service does not know that it is one.
 */
import { SECOND_MS } from '../base/clock.ts';
import { CHANNELS, channelIndex } from '../core/channel.ts';
import { CATEGORY_NAMES, type ShopCatalog, type ShopProduct } from './catalog.ts';
import { type CustomerTruth, SHOP_FRICTIONS } from './customer-truth.ts';
import type { Reaction } from './reaction.ts';
import { inStock, type Line, lineOf, SHIPPING, type VisitPlan } from './visit-plan.ts';

/** The story is customer 0's. */
export const STORY_CUSTOMER = 0;

/** A customer who has agreed to everything, notices everything, and never leaves. */
export function storyTruth(): CustomerTruth {
  const coats = CATEGORY_NAMES.indexOf('coats');
  return {
    index: STORY_CUSTOMER,
    known: true,
    hasApp: true,
    hasPhone: true,
    storeShopper: false,
    zone: 'Europe/Berlin',
    locale: 'de-DE',
    categories: [coats, CATEGORY_NAMES.indexOf('dresses')],
    brand: 3,
    apparelSize: 2,
    shoeSize: 3,
    appetite: 0.5,
    priceSensitivity: 0.8,
    visitsPerDay: 0.3,
    dropout: 0.01,
    friction: SHOP_FRICTIONS.map((friction) => (friction === 'shipping_cost' ? 1 : 0)),
    persuasion: 0,
    hours: 0,
    attention: CHANNELS.map(() => 0.9),
    consent: ['email', 'sms', 'push', 'whatsapp', 'ads', 'web_push'].reduce(
      (bits, channel) => bits | (1 << channelIndex(channel)),
      0,
    ),
    annoyance: 0,
  };
}

/** The coat of the story: the first that is there in the customer's size. */
export function storyLine(catalog: ShopCatalog): Line {
  const x = storyTruth();
  const coats = (catalog.byCategory[x.categories[0]] ?? []).map(
    (index) => catalog.products[index] as ShopProduct,
  );
  const line = coats.map((product) => lineOf(x, product)).find(inStock);
  if (line === undefined) throw new Error('no coat of the catalogue is there in size M');
  return line;
}

/** The visit up to the silence. Its last sign of life is the shipping cost, 220 s after the first page. */
export function storyVisit(catalog: ShopCatalog): VisitPlan {
  const line = storyLine(catalog);
  const at = (seconds: number, name: string, page: string) =>
    ({
      kind: 'event',
      afterMs: seconds * SECOND_MS,
      name,
      page,
      lines: page === 'home' ? [] : [line],
    }) as const;
  return {
    moves: [
      { ...at(0, 'Page Viewed', 'home'), decide: 'home' },
      { ...at(20, 'Product Viewed', 'product'), decide: 'product' },
      { ...at(65, 'Size Guide Viewed', 'product'), decide: 'size_guide' },
      at(110, 'Product Viewed', 'product'),
      { ...at(150, 'Product Added', 'cart'), decide: 'cart' },
      at(180, 'Checkout Started', 'checkout'),
      { ...at(205, 'Checkout Step Viewed', 'checkout'), properties: { step: 2 } },
      { ...at(220, 'Shipping Cost Shown', 'checkout'), properties: { cost: SHIPPING } },
    ],
    lengthMs: 220 * SECOND_MS,
    left: { heat: 'checkout', line, friction: SHOP_FRICTIONS.indexOf('shipping_cost') },
    returnAfterMs: undefined,
  };
}

/** After the checkout was left the first message on any channel brings the customer back within a minute; everything else is only received. */
export function storyReaction(shown: boolean, afterExit: boolean): Reaction {
  const received = { kind: shown ? 'shown' : 'delivered', afterMs: shown ? 200 : SECOND_MS } as const;
  if (!afterExit) return { feedback: [received], isNoticed: false, visit: undefined };
  const opened = shown ? [] : [{ kind: 'opened', afterMs: 25 * SECOND_MS } as const];
  return {
    feedback: [received, ...opened, { kind: 'clicked', afterMs: 40 * SECOND_MS }],
    isNoticed: true,
    visit: { kind: 'induced', afterMs: 45 * SECOND_MS },
  };
}
