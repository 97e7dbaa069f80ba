/** One order, told by several sources in any order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { isSameBalance, type OrderEntry, withRefund, withTelling } from './order-entry.ts';
import type { OrderLine, OrderRefund, OrderTelling } from './order-telling.ts';

const NOON = 1_772_452_800_000;

function line(productId: string, change: Partial<OrderLine> = {}): OrderLine {
  const given = {
    productId,
    category: 'c',
    size: '',
    variant: '',
    at: NOON,
    quantity: 1,
    price: 240,
    margin: 100,
  };
  return { ...given, ...change };
}

function telling(
  source: string,
  at: number,
  lines: OrderLine[],
  change: Partial<OrderTelling> = {},
): OrderTelling {
  const none = { revenue: Number.NaN, discount: Number.NaN, coupon: false, foreign: undefined };
  const amounts = { ...none, ...change };
  const saysAny = lines.length > 0 || !Number.isNaN(amounts.revenue);
  return { source, at: saysAny ? at : 0, linesAt: lines.length > 0 ? at : 0, lines, ...amounts };
}

function refund(event: number, change: Partial<OrderRefund> = {}): OrderRefund {
  const given = { id: '', event, source: 'shop', at: NOON + DAY_MS, cancels: false, amount: Number.NaN };
  return { ...given, foreign: undefined, lines: [], ...change };
}

test('a size in other letters is the same size', () => {
  const told = withTelling(undefined, 'o1', telling('web', NOON, [line('coat', { size: 'M' })]), NOON);
  expect(withRefund(told, 'o1', refund(1, { lines: [line('coat', { size: 'm' })] }), false).state).toBe(
    'undone',
  );
  expect(
    withTelling(told, 'o1', telling('till', NOON, [line('coat', { size: 'm' })]), NOON).kept,
  ).toHaveLength(1);
});

type News = { readonly told: OrderTelling; readonly at: number } | { readonly refund: OrderRefund };

function stateAfter(news: readonly News[]): OrderEntry | undefined {
  let entry: OrderEntry | undefined;
  for (const one of news)
    entry =
      'told' in one ? withTelling(entry, 'o1', one.told, one.at) : withRefund(entry, 'o1', one.refund, false);
  return entry;
}

function present(news: readonly News[]): OrderEntry {
  const entry = stateAfter(news);
  if (entry === undefined) throw new Error('nothing was told');
  return entry;
}

const ordered = (told: OrderTelling): News => ({ told, at: told.at || NOON });

const arbLine = fc
  .record({
    productId: fc.constantFrom('coat', 'scarf'),
    size: fc.constantFrom('', 'M', 'L'),
    variant: fc.constantFrom('', '', 'red'),
    quantity: fc.integer({ min: 1, max: 3 }),
    price: fc.constantFrom(0, 90, 240),
  })
  .map((given) => line(given.productId, given));
const arbLines = fc.uniqueArray(arbLine, {
  maxLength: 3,
  selector: (one) => `${one.productId} ${one.size} ${one.variant}`,
});
const arbAmount = fc.constantFrom(Number.NaN, 0, 90, 240, 330.5);
const arbNews: fc.Arbitrary<News> = fc.oneof(
  fc
    .record({
      source: fc.constantFrom('browser', 'server', 'till'),
      at: fc.integer({ min: 1, max: 5 }).map((days) => NOON + days * DAY_MS),
      lines: arbLines,
      revenue: arbAmount,
      discount: arbAmount,
      coupon: fc.boolean(),
    })
    .map((given) => ({ told: telling(given.source, given.at, given.lines, given), at: given.at })),
  fc
    .record({
      event: fc.nat({ max: 9 }),
      id: fc.constantFrom('', '', 'r1'),
      source: fc.constantFrom('browser', 'server'),
      cancels: fc.nat({ max: 5 }).map((n) => n === 0),
      amount: arbAmount,
      lines: arbLines,
    })
    // One event says one thing: what it says follows from its number.
    .map(({ event, ...given }) => ({ refund: refund(event, { ...given, at: NOON + event * DAY_MS }) })),
);
/** Each event once; refunds of one event number are one event. */
const arbHistory = fc.uniqueArray(arbNews, {
  maxLength: 8,
  selector: (news) => ('refund' in news ? news.refund.event : news),
});

describe('an order', () => {
  test('is the same in whatever order and however often its tellings come', () => {
    fc.assert(
      fc.property(arbHistory, fc.array(fc.nat()), (history, draws) => {
        const shuffled = [...history, ...history.filter((_, i) => (draws[i] ?? 1) % 3 === 0)]
          .map((news, i) => ({ news, key: draws[i] ?? i }))
          .sort((a, b) => a.key - b.key)
          .map(({ news }) => news);
        expect(stateAfter(shuffled)).toEqual(stateAfter(history));
      }),
      { numRuns: 2_000 },
    );
  });

  test('never gives back more than it cost, and keeps no more than was bought', () => {
    fc.assert(
      fc.property(arbHistory, (history) => {
        const entry = stateAfter(history);
        const paid = stateAfter(history.filter((news) => 'told' in news));
        if (entry === undefined || paid === undefined) return;
        expect(entry.refunded).toBeLessThanOrEqual(Math.max(0, paid.revenue) + 1e-9);
        for (const kept of entry.kept) {
          const bought = paid.kept.find(
            (one) =>
              one.productId === kept.productId && one.size === kept.size && one.variant === kept.variant,
          );
          expect(kept.quantity).toBeLessThanOrEqual(bought?.quantity ?? 0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('unites the lines of two sources with the larger quantity, and takes the amounts of the one with more lines', () => {
    const browser = telling('browser', NOON, [line('coat', { size: 'M' })], { revenue: 999 });
    const server = telling(
      'server',
      NOON - 1_000,
      [line('coat', { size: 'M', quantity: 2 }), line('scarf')],
      { revenue: 570 },
    );
    const { kept, revenue } = present([ordered(browser), ordered(server)]);
    expect(kept.map(({ productId, quantity }) => [productId, quantity])).toEqual([
      ['coat', 2],
      ['scarf', 1],
    ]);
    expect(revenue).toBe(570);
  });

  test('tells sizes apart, and takes a line without one for the line of another source that names it', () => {
    const sized = telling('server', NOON, [line('coat', { size: 'M' }), line('coat', { size: 'L' })]);
    const unsized = telling('browser', NOON, [line('coat')]);
    expect(present([ordered(sized), ordered(unsized)]).kept).toHaveLength(2);
    const three = telling('browser', NOON, [line('coat', { quantity: 3 })]);
    expect(
      present([ordered(sized), ordered(three)]).kept.map(({ size, quantity }) => [size, quantity]),
    ).toEqual([
      ['M', 1],
      ['L', 1],
      ['', 1],
    ]);
  });

  test('is replaced by a later telling of its source, and not emptied by one without lines', () => {
    const first = telling('shop', NOON, [line('coat'), line('scarf')], { revenue: 330 });
    const edited = telling('shop', NOON + 1, [line('coat')], { revenue: 240 });
    const total = telling('shop', NOON + 2, [], { revenue: 200 });
    expect(present([ordered(edited), ordered(first)]).kept.map(({ productId }) => productId)).toEqual([
      'coat',
    ]);
    expect(present([ordered(edited), ordered(total)])).toMatchObject({
      revenue: 200,
      kept: [{ productId: 'coat' }],
    });
  });

  test('of revenue 0 is worth nothing, and one that says none is worth its lines', () => {
    expect(present([ordered(telling('shop', NOON, [line('coat')], { revenue: 0 }))]).revenue).toBe(0);
    expect(present([ordered(telling('shop', NOON, [line('coat')]))]).revenue).toBe(240);
  });
});

describe('a refund', () => {
  const order = ordered(
    telling('shop', NOON, [line('coat', { size: 'M' }), line('scarf', { price: 90 })], { revenue: 330 }),
  );
  const back = (event: number, change: Partial<OrderRefund> = {}): News => ({
    refund: refund(event, change),
  });

  test('told by two sources within a week is one, by one source two', () => {
    expect(present([order, back(1, { amount: 90 }), back(2, { source: 'till', amount: 90 })]).revenue).toBe(
      240,
    );
    expect(present([order, back(1, { amount: 90 }), back(2, { amount: 90 })]).revenue).toBe(150);
    const late = back(2, { source: 'till', amount: 90, at: NOON + 9 * DAY_MS });
    expect(present([order, back(1, { amount: 90 }), late]).revenue).toBe(150);
  });

  test('with an id counts once, whoever tells it and when', () => {
    const late = back(2, { id: 'r1', source: 'till', amount: 90, at: NOON + 40 * DAY_MS });
    expect(present([order, back(1, { id: 'r1', amount: 90 }), late]).revenue).toBe(240);
    expect(
      present([order, back(1, { id: 'r1', amount: 90 }), back(2, { id: 'r2', amount: 90 })]).revenue,
    ).toBe(150);
  });

  test('of less than the order gives back no goods unless it names them', () => {
    expect(present([order, back(1, { amount: 5 })])).toMatchObject({ revenue: 325, kept: [{}, {}] });
    const named = present([order, back(1, { lines: [line('coat', { size: 'M' })] })]);
    expect(named).toMatchObject({ revenue: 90, state: 'placed', kept: [{ productId: 'scarf' }] });
    expect(
      present([order, back(1, { amount: 240, lines: [line('coat', { size: 'L' })] })]).kept,
    ).toHaveLength(2);
  });

  test('of all that was bought undoes the order; one of all its money without a word about goods gives them back too', () => {
    const all = back(1, { lines: [line('coat', { size: 'M' }), line('scarf')] });
    expect(present([order, all])).toMatchObject({ state: 'undone', revenue: 0, kept: [] });
    expect(present([order, back(1)])).toMatchObject({ state: 'refunded', revenue: 0, kept: [] });
    expect(present([order, back(1, { cancels: true })])).toMatchObject({
      state: 'undone',
      revenue: 0,
      refunded: 0,
    });
  });

  test('ahead of its order waits for it', () => {
    expect(present([back(1, { amount: 90 })])).toMatchObject({ state: 'awaited', revenue: 0, refunded: 0 });
    expect(present([back(1, { amount: 90 }), order]).revenue).toBe(240);
  });

  test('that a second source repeats changes nothing that anybody sees', () => {
    const once = present([order, back(1, { amount: 90 })]);
    expect(
      isSameBalance(once, present([order, back(1, { amount: 90 }), back(2, { source: 'till', amount: 90 })])),
    ).toBe(true);
  });
});

describe('money of another currency', () => {
  const dollars = (rate: number) => ({ currency: 'USD', rate });
  const bought = telling('shop', NOON, [line('bag', { price: 200 }), line('scarf', { price: 40 })], {
    revenue: 240,
    foreign: dollars(0.8),
  });
  const back = (event: number, productId: string, amount: number, rate: number) =>
    refund(event, { amount, foreign: dollars(rate), lines: [line(productId)] });

  test('goes back at the rate of its order, whatever the rate is by then and whichever is told first', () => {
    // 50 and 250 dollars, the one at 0.7 and the other at 0.9.
    const news: News[] = [
      ordered(bought),
      { refund: back(1, 'scarf', 35, 0.7) },
      { refund: back(2, 'bag', 225, 0.9) },
    ];
    for (const told of [news, news.toReversed()])
      expect(present(told)).toMatchObject({ state: 'undone', revenue: 0, refunded: 240 });
    expect(present(news.slice(0, 2))).toMatchObject({ state: 'placed', revenue: 200 });
  });

  test('is told apart from that of a third currency, and from the shop’s own', () => {
    const own = refund(1, { amount: 35, lines: [line('scarf')] });
    expect(present([ordered(bought), { refund: own }])).toMatchObject({ revenue: 205 });
    const euros = { ...own, foreign: { currency: 'EUR', rate: 0.7 } };
    expect(present([ordered(bought), { refund: euros }])).toMatchObject({ revenue: 205 });
  });
});
