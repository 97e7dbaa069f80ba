import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KnownGoods } from '../../core/catalog/known-goods.ts';
import type { PolicyFiles } from '../../core/policy/policy-bytes.ts';
import type { PolicyWarning } from '../../core/policy/policy-warning.ts';
import { changedPolicy, type PolicyChanges } from '../changed-policy.ts';
import { parsePolicy } from '../parse-policy.ts';
import { policyContext } from '../policy-context.ts';
import { readPolicyDirectory } from '../policy-directory.ts';
import { LINTS } from './lints.ts';
import { policyWarnings } from './policy-warnings.ts';

const starter = readPolicyDirectory(join(import.meta.dirname, '../../../policies/starter'));

function warningsOf(changes: PolicyChanges, goods?: KnownGoods): readonly PolicyWarning[] {
  return warningsIn(changedPolicy(starter, changes), goods);
}

/** The starter's files around one action. */
function withAction(
  keys: Readonly<Record<string, unknown>>,
  goods?: KnownGoods,
  guardrails: Readonly<Record<string, unknown>> = {},
): readonly PolicyWarning[] {
  const around = changedPolicy(starter, { 'guardrails.yaml': guardrails });
  const plain = {
    title: 'An extra one',
    purpose: 'marketing',
    promotion: false,
    subject: 'none',
    channels: ['web'],
    placements: ['home_hero'],
    lift: { mean: 0.01, sd: 0.005 },
    variants: { plain: { template: 'extra.plain', text: 'Hello.' } },
  };
  const actions = JSON.stringify({ actions: { extra: { ...plain, ...keys } } });
  return warningsIn(
    new Map([
      ...['policy.yaml', 'channels.yaml', 'guardrails.yaml', 'offers.yaml'].map(
        (file) => [file, around.get(file) ?? ''] as const,
      ),
      ['placements.yaml', 'placements: { home_hero: { channel: web } }\n'],
      ['actions/extra.yaml', actions],
    ]),
    goods,
  );
}

function warningsIn(files: PolicyFiles, goods?: KnownGoods): readonly PolicyWarning[] {
  const parsed = parsePolicy(files, policyContext);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return policyWarnings(parsed, goods);
}

function ids(warnings: readonly PolicyWarning[]): readonly string[] {
  return warnings.map(({ id }) => id);
}

function shop(categories: readonly string[], products: readonly string[]): KnownGoods {
  return {
    size: products.length,
    categories: new Set(categories),
    has: (id) => products.includes(id),
  };
}

describe('the warnings', () => {
  it('of the starter policy are none', () => {
    expect(warningsOf({})).toEqual([]);
  });

  it('have each a stable id and a sentence that says what it warns of', () => {
    expect(new Set(LINTS.map(({ id }) => id)).size).toBe(LINTS.length);
    for (const { id, doc } of LINTS) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(doc).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('stand in the order of the files', () => {
    const warnings = warningsOf({
      'guardrails.yaml': { margin_floor: 0.9 },
      'actions/extra.yaml': {
        actions: {
          extra: {
            title: 'An extra one',
            purpose: 'marketing',
            promotion: false,
            subject: 'none',
            channels: ['web'],
            placements: ['home_hero'],
            lift: { mean: -0.01, sd: 0.005 },
            variants: { plain: { template: 'extra.plain' } },
          },
        },
      },
    });
    expect(warnings.map(({ file }) => file)).toEqual(['actions/extra.yaml', 'guardrails.yaml']);
  });
});

describe('a lift', () => {
  it('beyond reach is told with its place, in an action and in the defaults', () => {
    const [one, two, ...rest] = warningsOf({
      'actions/browse.yaml': { actions: { browse_follow_up: { lift: { mean: 0.3, sd: 0.1 } } } },
      'policy.yaml': { defaults: { lift: { mean: 0.2, sd: 0.1 } } },
    });
    expect(rest).toEqual([]);
    expect(one).toMatchObject({
      id: 'lift-beyond-reach',
      file: 'actions/browse.yaml',
      path: 'actions.browse_follow_up.lift.mean',
      message: expect.stringContaining('mean is 0.3: 30 more of a hundred readers would buy'),
    });
    expect(one?.line).toBeGreaterThan(100);
    expect(two).toMatchObject({ file: 'policy.yaml', path: 'defaults.lift.mean' });
  });

  it('that is known too well, or below 0, is told', () => {
    expect(ids(withAction({ lift: { mean: 0.02, sd: 0.002 } }))).toEqual(['sd-far-below-mean']);
    expect(ids(withAction({ lift: { mean: -0.02, sd: 0.01 } }))).toEqual(['lift-negative']);
    expect(ids(withAction({ lift: { mean: 0.1, sd: 0.05 } }))).toEqual([]);
    expect(ids(withAction({ lift: { mean: 0, sd: 0.0001 } }))).toEqual([]);
  });
});

describe('a margin floor', () => {
  it('above the margin rate is told once, for all actions that have the default rate', () => {
    const warnings = warningsOf({ 'guardrails.yaml': { margin_floor: 0.5 } });
    expect(ids(warnings)).toEqual(['margin-floor-above-rate']);
    expect(warnings[0]).toMatchObject({ file: 'guardrails.yaml', path: 'margin_floor' });
    expect(warnings[0]?.message).toMatch(/^margin_floor is 0\.5, above defaults\.margin_rate 0\.45/);
  });

  it('above the default rate is no matter where every offer stands in an action with a rate of its own', () => {
    const paid = { offer: 'spring_20', budget: 'incentives', promotion: true };
    expect(withAction({ ...paid, margin_rate: 0.8 }, undefined, { margin_floor: 0.5 })).toEqual([]);
    expect(ids(withAction(paid, undefined, { margin_floor: 0.5 }))).toEqual(['margin-floor-above-rate']);
  });

  it('that an offer cannot keep is told at the action', () => {
    const offer = { offer: 'spring_20', budget: 'incentives', promotion: true };
    expect(withAction({ ...offer, margin_rate: 0.25 })).toMatchObject([
      { id: 'margin-floor-above-rate', path: 'actions.extra.offer' },
    ]);
    expect(withAction({ ...offer, margin_rate: 0.35 })).toEqual([]);
  });
});

describe('a condition that never holds', () => {
  const never = (when: string, keys: Readonly<Record<string, unknown>> = {}): string | undefined =>
    withAction({ when, ...keys }).find(({ id }) => id === 'condition-never-holds')?.message;

  it.each([
    ['orders == 0.0 && days_since_order < 8.0', '`orders == 0.0` and `days_since_order < 8.0` are never'],
    ['p_alive > 1.5', '`p_alive > 1.5` is true of nobody; change it'],
    ['stage == "lapsed" && days_since_order < 30.0', '`stage == "lapsed"` and `days_since_order < 30.0`'],
    ['is_known && orders > 2.0 && (orders < 3.0 && has_email)', '`orders > 2.0` and `orders < 3.0`'],
    ['has_email && is_anonymous', 'are never true of one customer'],
    ['minutes_since_seen < 10.0 && days_since_seen >= 10.0', 'are never true of one customer'],
    ['loyalty_tier == "gold" && revenue < 1500.0', 'are never true of one customer'],
    ['!(orders >= 1.0) && discount_share > 0.0', '`!(orders >= 1.0)` and'],
    ['"coats" in cart_categories && cart_items == 0.0', 'are never true of one customer'],
    ['weekday == 7.0', '`weekday == 7.0` is true of nobody'],
    ['owns("coats") && is_known && !owns(" Coats")', '`owns("coats")` and `!owns(" Coats")` are never'],
    ['days_since("coats") < 20.0 && !owns("coats")', 'are never true of one customer'],
    ['orders_of("coats") < 0.0', '`orders_of("coats") < 0.0` is true of nobody'],
    ['20.0 <= orders_of("coats") && orders_of("coats") < 3.0', 'are never true of one customer'],
    ['days_since("coats") > 9999.0', 'is true of nobody'],
    ['stage in ["active", "lapsing"] && stage.startsWith("o")', 'are never true of one customer'],
  ])('%s', (when, told) => {
    expect(never(when)).toContain(told);
  });

  it.each([
    'orders == 0.0 || days_since_order < 8.0',
    'orders == 0.0 && days_since_order > 8.0',
    'owns("coats") && !owns("shoes")',
    'owns("coats") && days_since("coats") == 9999.0',
    '!owns("coats") && orders_of("coats") == 0.0 && days_since("coats") > 20.0',
    'orders_of("coats") > 0.0 ? days_since("coats") > 30.0 : days_since("coats") > 9000.0',
    // Its money went back without a word about goods: an order of the lifetime, and none of the stage.
    'orders >= 1.0 && stage == "prospect"',
    'days_since_order < 8.0 && stage == "loyalist"',
    'order_gap_days > 0.0 && days_since_order > order_gap_days * 1.3',
    'categories.exists(one, one == "coats") && size(brands) > 2',
    'viewed_stock == -1.0 && viewed_product != ""',
    'local_hour >= 18.0 || local_hour < 6.0',
  ])('is not %s', (when) => {
    expect(never(when)).toBeUndefined();
  });

  it('may hold only in stages that the action is not for', () => {
    expect(never('stage == "onboarding"', { promotion: true })).toContain(
      '`stage == "onboarding"` is true of nobody in the stages of the action (prospect, active,',
    );
    expect(never('days_since_order < 5.0', { stages: ['lapsing', 'lapsed'] })).toContain(
      'in the stages of the action (lapsing, lapsed); change it, or the stages',
    );
    expect(never('days_since_order < 5.0', { stages: ['onboarding'] })).toBeUndefined();
  });

  it('may be that of a variant, alone or with that of its action', () => {
    const variants = { odd: { template: 'extra.odd', when: 'orders == 0.0' } };
    expect(withAction({ when: 'orders >= 1.0', variants })).toMatchObject([
      { id: 'condition-never-holds', path: 'actions.extra.variants.odd.when' },
    ]);
    // An action that never passes is told, and not each of its variants besides.
    expect(withAction({ when: 'orders < 0.0', variants })).toMatchObject([{ path: 'actions.extra.when' }]);
  });

  it('is told at the part that cannot be, with its line', () => {
    const [warning] = withAction({ when: 'is_known && p_alive > 1.5' });
    const [other] = withAction({ when: 'p_alive > 1.5' });
    expect((warning?.column ?? 0) - (other?.column ?? 0)).toBe('is_known && '.length);
  });
});

describe('a category', () => {
  it('that is spelt otherwise elsewhere is told, the rarer spelling of the two', () => {
    expect(withAction({ when: 'viewed_category == "shoe"' })).toMatchObject([
      {
        id: 'unknown-category',
        path: 'actions.extra.when',
        message: expect.stringMatching(/names the category "shoe", and \S+\.yaml:\d+ names "shoes"/),
      },
    ]);
    expect(
      ids(warningsOf({ 'guardrails.yaml': { suppression: { by_category: { knitwaer: '9d' } } } })),
    ).toEqual(['unknown-category']);
  });

  it('may be named by a function, or have a time of its own for the whole of it', () => {
    expect(withAction({ when: 'owns("shoos")' })).toEqual([]);
    expect(withAction({ when: 'owns("shoe") && days_since("SHOES") > 3.0' })).toMatchObject([
      { path: 'actions.extra.when', message: expect.stringContaining('names the category "shoe"') },
    ]);
    const goods = shop(['coats', 'shoes', 'bags', 'beauty'], ['p1']);
    expect(withAction({ when: 'orders_of("Shoes") >= 1.0' }, goods)).toEqual([]);
    expect(ids(withAction({ when: 'owns("caps")' }, goods))).toEqual(['unknown-category']);
    expect(withAction({ subject: { owned: 'caps' } }, goods)).toMatchObject([
      { id: 'unknown-category', path: 'actions.extra.subject.owned' },
    ]);
    const whole = { whole_category: { default: '14d', shoos: '9d' } };
    expect(
      warningsOf({ 'guardrails.yaml': { suppression: whole } }, goods).filter(
        ({ file }) => file === 'guardrails.yaml',
      ),
    ).toMatchObject([{ path: 'suppression.whole_category.shoos' }]);
  });

  it('that only looks like another one is not', () => {
    for (const name of ['skirts', 'hats', 'books', 'cots'])
      expect(withAction({ when: `viewed_category in ["${name}", "shirts", "boots"]` })).toEqual([]);
    expect(warningsOf({ 'guardrails.yaml': { suppression: { by_category: { Knitwear: '9d' } } } })).toEqual(
      [],
    );
  });

  it.each([
    ['shoes-2024', 'shoes-2025'],
    ['line 12', 'line 21'],
    ['level1', 'level11'],
    ['collection a', 'collection b'],
    ['mountain', 'fountain'],
  ])('%s and %s are two', (one, other) => {
    expect(withAction({ when: `viewed_category in ["${one}", "${other}"]` })).toEqual([]);
  });

  it.each([
    ['t-shirts', 'tshirts'],
    ['dress', 'dresses'],
    ['decaf', 'decaff'],
    ['jewelery', 'jewellery'],
    ['caots', 'coats'],
    ['espresso', 'expresso'],
    ['adapters-2', 'adapter 2'],
  ])('%s and %s are one', (one, other) => {
    expect(ids(withAction({ when: `viewed_category in ["${one}", "${other}"]` }))).toEqual([
      'unknown-category',
    ]);
  });

  it('is compared with its neighbours only, also among tens of thousands', () => {
    const letters = (n: number): string =>
      [...n.toString(9).padStart(6, '0')].map((digit) => 'bdfhkmprs'[Number(digit)]).join('');
    const actions: Record<string, unknown> = {};
    for (let at = 0; at < 400; at++) {
      const names = Array.from({ length: 40 }, (_, i) => `"${letters((at * 40 + i) * 31)}"`);
      actions[`extra_${at}`] = {
        ...{ title: 'X', purpose: 'marketing', promotion: false, subject: 'none', channels: ['web'] },
        ...{ placements: ['home_hero'], variants: { a: { template: 'x', text: 'x' } } },
        when: `viewed_category in [${names.join(',')}]`,
      };
    }
    const files = new Map([...starter, ['actions/extra.yaml', JSON.stringify({ actions })]]);
    const parsed = parsePolicy(files, policyContext);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults[0]));
    const before = performance.now();
    policyWarnings(parsed, undefined);
    // Each with each of the 16,000 took a quarter of an hour.
    expect(performance.now() - before).toBeLessThan(30_000);
  }, 60_000);

  it('is looked up in the catalogue where there is one', () => {
    const goods = shop(['coats', 'dresses', 'jeans', 'knitwear', 'shoes', 'bags', 'Beauty', 'hats'], ['p1']);
    expect(withAction({ when: 'viewed_category in ["hats", "caps"]' }, goods)).toMatchObject([
      { message: expect.stringContaining('"caps", which none of the 1 products of the catalogue has') },
    ]);
    // Guardrails, which name "beauty" too, fold letter case; conditions do not.
    expect(withAction({ when: 'viewed_category == "beauty"' }, goods)).toMatchObject([
      { path: 'actions.extra.when', message: expect.stringContaining('which the catalogue spells "Beauty"') },
    ]);
    expect(warningsOf({}, shop([], []))).toEqual([]);
  });
});

it('a product that the catalogue does not have is told', () => {
  const goods = shop(['coats', 'dresses', 'jeans', 'knitwear', 'shoes', 'bags', 'beauty'], ['p1', 'p2']);
  expect(withAction({ when: 'viewed_product in ["p1", "p3"]' }, goods)).toMatchObject([
    { id: 'unknown-product', message: expect.stringContaining('"p3", which is none of the 2') },
  ]);
  expect(withAction({ when: 'viewed_product == "p3"' })).toEqual([]);
});

it('an offer that costs something needs a budget, points and early access do not', () => {
  expect(withAction({ offer: 'welcome_10', promotion: true })).toMatchObject([
    { id: 'offer-without-budget', message: expect.stringContaining('write budget: incentives or win_back') },
  ]);
  expect(withAction({ offer: 'double_points', promotion: true })).toEqual([]);
});

it('a placement that no action names is told', () => {
  expect(warningsOf({ 'placements.yaml': { placements: { footer: { channel: 'web' } } } })).toMatchObject([
    { id: 'placement-without-action', file: 'placements.yaml', path: 'placements.footer' },
  ]);
});

describe('an action for which nobody asks', () => {
  const proactive = { channels: ['email'], placements: undefined, proactive: true };
  const considering = (consider: unknown) =>
    smallShop({ first: proactive, second: proactive, shown: {} }, { consider });

  it('is told once, with how many others there are', () => {
    expect(considering(null)).toMatchObject([
      { id: 'action-never-asked', path: 'actions.first.proactive', file: 'actions/all.yaml' },
    ]);
    expect(considering(null)[0]?.message).toContain(
      'first.proactive is true, as is that of one other action,',
    );
  });

  it('is none where the service asks by itself, a program of the shop is said to ask, or a placement has it too', () => {
    expect(considering('daily at 10:00')).toEqual([]);
    expect(considering(['mondays at 10:00'])).toEqual([]);
    expect(considering('never')).toEqual([]);
    const shown = { channels: ['email', 'web'], placements: ['home'], proactive: true };
    expect(smallShop({ first: shown }, { consider: null })).toEqual([]);
  });
});

it('a stage that no action is for is told where actions name stages', () => {
  const warnings = smallShop({ first: { stages: ['active'] }, second: { stages: ['lapsed'] } });
  expect(ids(warnings)).toEqual(Array.from({ length: 5 }, () => 'stage-without-action'));
  expect(warnings.map(({ message }) => /"(\w+)"/.exec(message)?.[1]).sort()).toEqual([
    'fading',
    'lapsing',
    'loyalist',
    'onboarding',
    'prospect',
  ]);
  expect(smallShop({ first: {} })).toEqual([]);
});

describe('a promotion as service', () => {
  const service = (keys: Readonly<Record<string, unknown>>) => withAction({ purpose: 'service', ...keys });
  const says = (text: string) => service({ variants: { plain: { template: 'extra.plain', text } } });

  it.each([
    '20 % off your next order',
    'Shop now',
    'Save 10 per cent today',
    'Only today: buy one, get one free',
    'A special offer for you',
    'Get 10 € off, or 10 EUR off',
    'A thing of yours is back. Order now!',
  ])('is told of a text that says "%s"', (text) => {
    expect(says(text)).toMatchObject([
      { id: 'promotion-as-service', path: 'actions.extra.variants.plain.text' },
    ]);
  });

  it.each([
    'Your discount of 20 % was applied.',
    'Your code did not work at the checkout; it needs an order of 50.',
    'Order number 7 is on its way. You can change the size until noon.',
    'We refunded 20 per cent of your order.',
    'How to buy spare parts',
    'Track your order now.',
    'Your order now ships from Hamburg, in 20 % less packaging.',
    'You will get no special offers any more.',
    'You paid £20 less, since one of the two came back.',
    'Buy now, pay later: your first rate is due on Friday.',
  ])('is not told of a text that says "%s"', (text) => {
    expect(says(text)).toEqual([]);
  });

  it('is told of a slot, and of what is transactional', () => {
    const slots = { button: 'Shop now' };
    expect(service({ variants: { plain: { template: 'extra.plain', slots } } })).toMatchObject([
      { path: 'actions.extra.variants.plain.slots.button' },
    ]);
    const variants = { plain: { template: 'extra.plain', slots } };
    expect(withAction({ purpose: 'transactional', variants })).toMatchObject([
      { path: 'actions.extra.variants.plain.slots.button' },
    ]);
  });
});

/** A policy of promotions on the web only. */
function smallShop(
  actions: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  policyChanges: PolicyChanges[string] = {},
): readonly PolicyWarning[] {
  const plain = {
    title: 'One',
    purpose: 'marketing',
    promotion: true,
    subject: 'none',
    channels: ['web'],
    placements: ['home'],
    variants: { plain: { template: 'extra.plain' } },
  };
  const files = new Map([
    ['policy.yaml', starter.get('policy.yaml') ?? ''],
    ['channels.yaml', starter.get('channels.yaml') ?? ''],
    ['guardrails.yaml', starter.get('guardrails.yaml') ?? ''],
    ['placements.yaml', 'placements: { home: { channel: web } }\n'],
    [
      'actions/all.yaml',
      JSON.stringify({
        actions: Object.fromEntries(Object.entries(actions).map(([id, keys]) => [id, { ...plain, ...keys }])),
      }),
    ],
  ]);
  return warningsIn(changedPolicy(files, { 'policy.yaml': policyChanges }));
}
