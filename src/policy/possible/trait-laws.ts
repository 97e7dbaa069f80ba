/**
 * What traits say of one another, whoever the customer is: without an order nobody's last order is a week ago. Each law holds for
 * everything that `compute-traits.ts` can come to; `trait-laws.test.ts` asks customers of every kind.
 */
import { DAY_MS } from '../../base/clock.ts';
import type { StageRules } from '../../core/policy/policy.ts';
import { NEVER } from '../../core/trait/since.ts';
import { rangeOf } from '../number-range.ts';
import { bools, hull, lists, numbers, type Possible, texts, textsBut } from './possible-values.ts';
import { categoriesOf, narrowed, ofCategoryName, possibleOf, type World } from './world.ts';

/** The world as the law leaves it; undefined: the law forbids it. The same object when nothing changes. */
export type TraitLaw = (world: World) => World | undefined;

type Case = Readonly<Record<string, Possible>>;

const MINUTES_OF_DAY = 1_440;
/** Room for what two ways of rounding differ by. */
const SLACK = 1e-6;
const MANY = Number.POSITIVE_INFINITY;
const none = {
  text: texts(''),
  list: lists([], [], true),
  zero: numbers(0, 0),
  never: numbers(NEVER, NEVER),
};
const some = { text: textsBut('') };

const noOrder: Case = {
  stage: texts('prospect'),
  loyalty_tier: texts('none'),
  days_since_order: none.never,
  days_since_first_order: none.never,
  ...zeroes(
    'average_order',
    'discount_share',
    'order_gap_days',
    'p_alive',
    'residual_value',
    'ordered_price',
  ),
  rfm_frequency: numbers(1, 1),
  ordered_product: none.text,
  ordered_category: none.text,
  ordered_categories: none.list,
  owned_categories: none.list,
};

/** The laws under a policy's stages. */
export function traitLaws(rules: StageRules): readonly TraitLaw[] {
  return [
    oneOf({ orders: none.zero, ...noOrder }, { orders: numbers(1, MANY) }),
    oneOf(...stageCases(rules)),
    oneOf(
      { loyalty_tier: texts('none') },
      {
        loyalty_tier: texts('silver'),
        orders: numbers(1, MANY),
        revenue: below(rules.loyalistSpend, rules.loyalistSpend / 2),
      },
      {
        loyalty_tier: texts('gold'),
        orders: numbers(1, MANY),
        revenue: numbers(rules.loyalistSpend, MANY),
      },
    ),
    ...customerLaws,
  ];
}

/** Applies all of them until nothing changes; undefined: no such customer is possible. */
export function underLaws(world: World, laws: readonly TraitLaw[]): World | undefined {
  let known: World | undefined = world;
  // What a round leaves is narrower; the bound only keeps laws that narrow by ever less from going on.
  for (let round = 0; round < 8; round++) {
    const before: World = known;
    for (const law of laws) {
      known = law(known);
      if (known === undefined) return undefined;
    }
    if (known === before) return known;
  }
  return known;
}

function stageCases(rules: StageRules): Case[] {
  const days = (ms: number): number => ms / DAY_MS;
  const onboarding = days(rules.onboardingMs);
  const active = days(rules.activeMs);
  const lapsed = days(rules.lapsedMs);
  const placed = { orders: numbers(1, MANY) };
  return [
    // Orders whose money went back count for `orders` and for no stage.
    { ...noOrder },
    { stage: texts('onboarding'), ...placed, days_since_order: below(onboarding) },
    // Not from `onboarding` on: the last order may have renewed a subscription.
    { stage: texts('active'), ...placed, days_since_order: below(active) },
    { stage: texts('lapsing'), ...placed, days_since_order: below(lapsed, active) },
    { stage: texts('lapsed'), ...placed, days_since_order: numbers(Math.min(lapsed, NEVER), NEVER) },
    {
      stage: texts('loyalist'),
      orders: numbers(rules.loyalistOrders, MANY),
      revenue: numbers(rules.loyalistSpend, MANY),
      days_since_order: below(lapsed),
    },
    {
      stage: texts('fading'),
      ...placed,
      revenue: numbers(rules.fadingSpend, MANY),
      days_since_order: below(lapsed, Math.min(onboarding, days(rules.fadingMs))),
    },
  ];
}

/** Those that hold under any policy. */
const customerLaws: readonly TraitLaw[] = [
  oneOf(
    { is_known: bools(true), is_anonymous: bools(false) },
    { is_known: bools(false), is_anonymous: bools(true), has_email: bools(false), has_phone: bools(false) },
  ),
  oneOf({ subscribed: bools(false) }, { subscribed: bools(true), orders: numbers(1, MANY) }),
  oneOf(
    { has_live_offer: bools(false), live_offer: none.text },
    { has_live_offer: bools(true), live_offer: some.text },
  ),
  oneOf(
    {
      viewed_product: none.text,
      viewed_category: none.text,
      viewed_brand: none.text,
      ...zeroes('viewed_price', 'viewed_count', 'category_views_2d'),
      viewed_minutes_ago: none.never,
      viewed_stock: numbers(-1, -1),
    },
    { viewed_product: some.text, viewed_count: numbers(1, MANY) },
  ),
  oneOf(
    { ...zeroes('cart_items', 'cart_value'), cart_minutes_ago: none.never, cart_categories: none.list },
    { cart_items: numbers(1, MANY) },
  ),
  oneOf(
    { local_hour: numbers(-1, -1), weekday: numbers(-1, -1) },
    { local_hour: numbers(0, 23), weekday: numbers(0, 6) },
  ),
  oneOf(
    { rfm_recency: numbers(5, 5), days_since_order: numbers(0, 7) },
    { rfm_recency: numbers(4, 4), days_since_order: numbers(7, 30) },
    { rfm_recency: numbers(3, 3), days_since_order: below(75, 30) },
    { rfm_recency: numbers(2, 2), days_since_order: numbers(75, 180) },
    { rfm_recency: numbers(1, 1), days_since_order: numbers(180, NEVER) },
  ),
  oneOf(
    { rfm_frequency: numbers(1, 1) },
    { rfm_frequency: numbers(2, 2), orders: numbers(2, MANY) },
    { rfm_frequency: numbers(3, 3), orders: numbers(3, MANY) },
    { rfm_frequency: numbers(4, 4), orders: numbers(5, MANY) },
    { rfm_frequency: numbers(5, 5), orders: numbers(10, MANY) },
  ),
  notBelow('days_since_first_order', 'days_since_order'),
  sameSpan('days_since_seen', 'minutes_since_seen'),
  ofEachCategory,
];

/** What is owned was ordered, and what was not ordered is not owned. */
function ofEachCategory(world: World): World | undefined {
  let known: World | undefined = world;
  for (const category of categoriesOf(world)) {
    const [owns, days, orders] = ['owns', 'days_since', 'orders_of'].map((asked) =>
      ofCategoryName(asked, category),
    ) as [string, string, string];
    const law = oneOf(
      { [owns]: bools(false), [days]: none.never, [orders]: none.zero },
      { [owns]: bools(true), [orders]: numbers(1, MANY) },
    );
    known = law(known);
    if (known === undefined) return undefined;
  }
  return known;
}

/** The customer is one of these cases: those that the world rules out fall away, and what all others say is known. */
function oneOf(...cases: readonly Case[]): TraitLaw {
  const names = [...new Set(cases.flatMap((one) => Object.keys(one)))];
  return (world) => {
    // Of what the world says nothing about, the cases together say no more than the traits' own ranges.
    if (!names.some((name) => world.has(name))) return world;
    const open = cases.filter((one) =>
      Object.entries(one).every(([name, allowed]) => narrowed(world, name, allowed) !== undefined),
    );
    if (open.length === 0) return undefined;
    let known: World | undefined = world;
    for (const name of names) {
      const [first, ...rest] = open.map((one) => one[name]);
      const joint = rest.reduce(
        (all, one) => (all === undefined || one === undefined ? undefined : hull(all, one)),
        first,
      );
      if (joint === undefined || known === undefined) continue;
      known = narrower(known, name, joint);
    }
    return known;
  };
}

/** The first number is never below the second. */
function notBelow(greater: string, lesser: string): TraitLaw {
  return (world) => {
    if (!world.has(greater) && !world.has(lesser)) return world;
    const [high, low] = [possibleOf(world, greater), possibleOf(world, lesser)];
    if (high?.kind !== 'number' || low?.kind !== 'number') return world;
    const raised = narrower(world, greater, numbers(low.low, MANY));
    return raised === undefined ? undefined : narrower(raised, lesser, numbers(-MANY, high.high));
  };
}

/** One span of time in days and in minutes, of which each stops at NEVER. */
function sameSpan(days: string, minutes: string): TraitLaw {
  return (world) => {
    if (!world.has(days) && !world.has(minutes)) return world;
    const [d, m] = [possibleOf(world, days), possibleOf(world, minutes)];
    if (d?.kind !== 'number' || m?.kind !== 'number') return world;
    const inDays = numbers(
      m.low / MINUTES_OF_DAY - SLACK,
      m.high < NEVER ? m.high / MINUTES_OF_DAY + SLACK : MANY,
    );
    const known = narrower(world, days, inDays);
    if (known === undefined) return undefined;
    const low = Math.min(NEVER, d.low * MINUTES_OF_DAY) - SLACK;
    return narrower(known, minutes, numbers(low, d.high * MINUTES_OF_DAY + SLACK));
  };
}

/** As `narrowed`, and the same world where that says nothing new. */
function narrower(world: World, name: string, allowed: Possible): World | undefined {
  const after = narrowed(world, name, allowed);
  if (after === undefined) return undefined;
  return isAlike(possibleOf(world, name), after.get(name)) ? world : after;
}

function isAlike(a: Possible | undefined, b: Possible | undefined): boolean {
  if (a?.kind === 'number' && b?.kind === 'number')
    return a.low === b.low && a.high === b.high && a.isWhole === b.isWhole;
  if (a?.kind === 'text' && b?.kind === 'text')
    return a.among?.size === b.among?.size && a.not.size === b.not.size;
  if (a?.kind === 'bool' && b?.kind === 'bool') return a.canBe.length === b.canBe.length;
  if (a?.kind === 'list' && b?.kind === 'list')
    return a.has.size === b.has.size && a.hasNot.size === b.hasNot.size && a.isEmpty === b.isEmpty;
  return false;
}

/** Up to, and not with, `limit`. */
function below(limit: number, from = Number.NEGATIVE_INFINITY): Possible {
  return numbers(from, rangeOf('<', limit).high);
}

function zeroes(...names: readonly string[]): Case {
  return Object.fromEntries(names.map((name) => [name, none.zero]));
}
