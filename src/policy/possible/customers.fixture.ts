/** Customers as shops have them: what they did in some months, folded, and their traits at any hour since. */
import fc from 'fast-check';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';
import { CHANNELS } from '../../core/channel.ts';
import { catalog, NOON, product } from '../../core/decide/shop.fixture.ts';
import type { EventFact, FactProduct } from '../../core/fact/fact.ts';
import type { StageRules } from '../../core/policy/policy.ts';
import { channelStatsOf } from '../../core/profile/channel-stats.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { foldEvent } from '../../core/profile/fold-event.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { computeTraits } from '../../core/trait/compute-traits.ts';
import { NEED_ALL } from '../../core/trait/trait-needs.ts';
import { strangerTraits, type Traits } from '../../core/trait/trait-spec.ts';

const PRODUCTS: Readonly<Record<string, FactProduct>> = {
  coat: goods('coat', 'coats', 240),
  boots: goods('boots', 'shoes', 99.95),
  cream: goods('cream', 'beauty', 12.5),
  odd: goods('odd', '', 0),
};
const ORDERED = ['Order Completed', 'Order Refunded', 'Order Cancelled'] as const;
const OTHER = [
  'Product Viewed',
  'Product Added',
  'Product Removed',
  'Product Added to Wishlist',
  'Checkout Started',
  'Checkout Exited',
  'Payment Failed',
  'Page Viewed',
  'Subscription Cancelled',
  'Products Searched',
] as const;

const arbitraryDeed = fc.record({
  name: fc.oneof(fc.constantFrom(...OTHER), fc.constantFrom(...ORDERED), fc.constant(ORDERED[0])),
  daysAgo: fc.oneof(
    fc.double({ min: 0, max: 400, noNaN: true }),
    fc.constantFrom(0, 7, 8, 30, 31, 45, 75, 180),
  ),
  products: fc.uniqueArray(fc.constantFrom(...Object.keys(PRODUCTS)), { maxLength: 2 }),
  orderId: fc.constantFrom('o1', 'o2', 'o3', 'o4', 'o5'),
  subscription: fc.option(fc.record({ id: fc.constantFrom('', 'sub-1', 'sub-2'), isRenewal: fc.boolean() }), {
    nil: undefined,
  }),
  amount: fc.constantFrom(Number.NaN, 0, 30, 400, 1_200, 2_500),
  discount: fc.constantFrom(Number.NaN, 0, 12),
  channel: fc.integer({ min: -1, max: CHANNELS.length - 1 }),
  session: fc.constantFrom('', 's1', 's2'),
});

const arbitraryStory = fc.record({
  deeds: fc.array(arbitraryDeed, { maxLength: 14 }),
  kinds: fc.uniqueArray(fc.constantFrom('anonymous', 'crm', 'email_sha256', 'phone_sha256'), {
    minLength: 1,
  }),
  openedDaysAgo: fc.option(fc.integer({ min: 0, max: 200 })),
  offerUntil: fc.option(fc.constantFrom(NOON - DAY_MS, NOON + DAY_MS)),
  offsetMin: fc.constantFrom(Number.NaN, -480, 0, 345),
});

/** Traits of such customers under these stages. */
export function arbitraryCustomer(rules: StageRules): fc.Arbitrary<Traits> {
  return arbitraryStory.map(({ deeds, kinds, openedDaysAgo, offerUntil, offsetMin }) => {
    const profile = emptyProfile(
      branded<CustomerId>('abcdefghijklmnopqrstuv'),
      branded<IdentifierKey>('crm:c1'),
    );
    for (const kind of kinds) profile.identifiers.push({ kind, value: kind, origin: profile.key });
    for (const [i, deed] of deeds.entries()) foldEvent(profile, factOf(deed, i));
    if (openedDaysAgo !== null)
      channelStatsOf(profile, CHANNELS.indexOf('email')).lastOpenAt = NOON - openedDaysAgo * DAY_MS;
    if (offerUntil !== null) profile.offers.push(offerOf(offerUntil));
    const traits = strangerTraits();
    const world = catalog(product('coat', { stock: new Map([['M', 3]]) }));
    const context = {
      now: NOON,
      rules,
      catalog: world,
      contextChannel: -1,
      offsetMin,
      device: '',
      locale: '',
    };
    computeTraits(traits, profile, context, NEED_ALL);
    return traits;
  });
}

function factOf(
  {
    name,
    daysAgo,
    products,
    orderId,
    subscription,
    amount,
    discount,
    channel,
    session,
  }: DeedOf<typeof arbitraryDeed>,
  index: number,
): EventFact {
  const isOrder = (ORDERED as readonly string[]).includes(name);
  const at = NOON - Math.round(daysAgo * DAY_MS);
  return {
    kind: 'event',
    customer: branded<CustomerId>('abcdefghijklmnopqrstuv'),
    key: branded<IdentifierKey>('crm:c1'),
    identifiers: [],
    source: 'shop',
    id: `e${index}`,
    idHash: index + 1,
    bodyHash: 1,
    name,
    at,
    receivedAt: Math.min(NOON, at + MINUTE_MS),
    zone: '',
    offsetMin: Number.NaN,
    locale: '',
    hourOfWeek: 0,
    channel,
    sessionId: session,
    historical: false,
    currency: '',
    rate: 1,
    products: products.flatMap((id) => PRODUCTS[id] ?? []),
    order: isOrder ? { orderId, revenue: amount, discount, coupon: '', refundId: '' } : undefined,
    ...(subscription !== undefined && (isOrder || name === 'Subscription Cancelled') && { subscription }),
    consent: undefined,
    friction: name === 'Payment Failed' ? 4 : 0,
  };
}

type DeedOf<A> = A extends fc.Arbitrary<infer T> ? T : never;

function goods(productId: string, category: string, price: number): FactProduct {
  return { productId, category, brand: 'b', size: 'M', variant: '', price, quantity: 1, margin: price * 0.4 };
}

function offerOf(until: number): Profile['offers'][number] {
  const at = NOON - 2 * DAY_MS;
  return {
    offer: 'ten',
    kind: 'percent',
    depth: 10,
    code: '',
    action: '',
    at,
    until,
    seq: 1,
    index: 0,
    choice: 0,
  };
}
