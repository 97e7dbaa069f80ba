import { createHash } from 'node:crypto';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { readEventLine } from './read-event.ts';
import { RepeatIds } from './repeat-ids.ts';

const setting = { source: 'send', userKind: 'crm', country: undefined, historical: false };
const readLine = (line: unknown, more: Partial<typeof setting> = {}) =>
  readEventLine(
    typeof line === 'string' ? line : JSON.stringify(line),
    { ...setting, ...more },
    new RepeatIds(''),
  );
const read = (line: unknown) => {
  const { event } = readLine(line);
  if (event === undefined) throw new Error('not taken');
  return event;
};
const text = (value: string) => ({ kind: { case: 'stringValue', value } });
const number = (value: number) => ({ kind: { case: 'doubleValue', value } });

test('an order under a name that is none of an order is not lost on the way, so that the service can tell', () => {
  const call = { type: 'track', event: 'Order Exported', userId: 'u', properties: { order_id: 'o' } };
  expect(read(call).properties).toEqual({ order_id: text('o') });
});

test('an empty list of products is not lost on the way: protobuf has no other word for it', () => {
  const call = (properties: object) =>
    read({
      type: 'track',
      event: 'Order Updated',
      userId: 'u',
      properties: { order_id: 'o', ...properties },
    });
  expect(call({ products: [] }).properties).toEqual({ products: text('[]') });
  expect(call({ items: [], total: 0 }).properties).toEqual({ products: text('[]') });
  expect(call({ products: null }).properties).toEqual({});
  expect(call({ products: [{ product_id: 'p' }] }).properties).toEqual({});
  const own = {
    name: 'Order Updated',
    id: 'e',
    identifiers: [{ kind: 'crm', value: 'u' }],
    order: { order_id: 'o' },
  };
  expect(read({ ...own, products: [] }).properties).toMatchObject({ products: text('[]') });
  expect(Object.keys(read({ ...own, properties: { a: 'b' } }).properties ?? {})).toEqual(['a']);
  expect(read({ ...own, name: 'Product Viewed', products: [] }).properties).toEqual({});
});

test('amounts that name their currency are in it, and none is taken at its number in another', () => {
  const call = (properties: object) =>
    read({
      type: 'track',
      event: 'Order Completed',
      userId: 'u',
      properties: { order_id: 'o', ...properties },
    });
  expect(call({ total: '€12' })).toMatchObject({ currency: 'EUR', order: { total: 12 } });
  expect(call({ products: [{ product_id: 'p', price: '9,50 EUR' }] })).toMatchObject({ currency: 'EUR' });
  expect(() => call({ total: '€12', currency: 'GBP' })).toThrow('is in EUR, and the event in GBP');
  expect(call({ total: '£12', currency: 'gbp' })).toMatchObject({ currency: 'gbp' });
  expect(call({ total: '$12' })).toMatchObject({ currency: '$', order: { total: 12 } });
  expect(call({ total: '$12', currency: 'cad' })).toMatchObject({ currency: 'cad' });
  expect(() => call({ total: '$12', currency: 'GBP' })).toThrow('is in $, and the event in GBP');
  const own = { name: 'Order Completed', id: 'e', identifiers: [{ kind: 'crm', value: 'u' }] };
  expect(read({ ...own, order: { order_id: 'o', total: '€12' } })).toMatchObject({ currency: 'EUR' });
});

describe("Segment's track call", () => {
  test('an order finds its place: who, when, products, amounts, and everything else as properties', () => {
    const event = read({
      type: 'track',
      event: 'Order Completed',
      userId: 'u1',
      anonymousId: 'a1',
      messageId: 'm1',
      timestamp: '2026-03-02T09:30:00.250Z',
      properties: {
        order_id: 'o1',
        total: 119.5,
        revenue: 100,
        shipping: 4.5,
        tax: '15',
        discount: 10,
        coupon: 'SPRING',
        currency: 'EUR',
        checkout_id: 'k1',
        express: true,
        products: [
          {
            product_id: 'p1',
            sku: 's1',
            category: 'coats',
            name: 'Coat',
            brand: 'B',
            price: 55,
            quantity: 2,
            coupon: 'X',
          },
          { sku: 's2' },
        ],
      },
      context: {
        locale: 'de-DE',
        timezone: 'Europe/Berlin',
        page: { path: '/thanks', url: 'https://shop.example/thanks' },
        device: { type: 'ios', token: 'tok' },
        traits: { email: ' Jane@Example.org ', phone: '+49 (0)170 1234567' },
      },
    });
    expect(event).toMatchObject({
      id: 'm1',
      source: 'send',
      name: 'Order Completed',
      channel: 'web',
      currency: 'EUR',
      products: [
        { productId: 'p1', sku: 's1', category: 'coats', brand: 'B', price: 55, quantity: 2, coupon: 'X' },
        { productId: 's2', sku: 's2', quantity: 0 },
      ],
      order: {
        orderId: 'o1',
        total: 119.5,
        revenue: 100,
        shipping: 4.5,
        tax: 15,
        discount: 10,
        coupon: 'SPRING',
      },
      properties: { checkout_id: text('k1'), express: { kind: { case: 'boolValue', value: true } } },
      context: { timeZone: 'Europe/Berlin', locale: 'de-DE', device: 'ios', page: '/thanks' },
    });
    expect(Object.keys(event.properties ?? {})).toEqual(['checkout_id', 'express']);
    expect(timestampMs(event.occurredAt as never)).toBe(Date.UTC(2026, 2, 2, 9, 30, 0, 250));
    const sha256 = (value: string) => createHash('sha256').update(value).digest('hex');
    expect(event.identifiers).toEqual([
      { kind: 'crm', value: 'u1' },
      { kind: 'email_sha256', value: sha256('jane@example.org') },
      { kind: 'phone_sha256', value: sha256('+491701234567') },
      { kind: 'push_token', value: 'tok' },
      { kind: 'anonymous', value: 'a1' },
    ]);
  });

  test('no plain address or number leaves the machine', () => {
    const call = {
      type: 'track',
      event: 'Signed In',
      userId: 'u',
      context: { traits: { email: 'jane@example.org', phone: '+491701234567' } },
    };
    expect(JSON.stringify(read(call))).not.toMatch(/jane|1234567/);
  });

  test('a product event carries its one product flat, and a coupon outside of an order is what the customer typed', () => {
    const viewed = read({
      type: 'track',
      event: 'Product Viewed',
      anonymousId: 'a',
      properties: { product_id: 7, price: '19.90', size: 'M' },
    });
    expect(viewed.products).toMatchObject([{ productId: '7', price: 19.9, size: 'M' }]);
    expect(viewed.order).toBeUndefined();
    const denied = read({
      type: 'track',
      event: 'Coupon Denied',
      userId: 'u',
      properties: { coupon: 'OLD', reason: 'expired', nested: { a: 1 } },
    });
    expect(denied.properties).toEqual({ coupon: text('OLD'), reason: text('expired') });
    const shown = read({
      type: 'track',
      event: 'Shipping Cost Shown',
      userId: 'u',
      properties: { cost: 4.5 },
    });
    expect(shown.properties).toEqual({ cost: number(4.5) });
  });

  test('an order without revenue gets it from its total', () => {
    const { order } = read({
      type: 'track',
      event: 'Order Completed',
      userId: 'u',
      properties: { order_id: 1, total: 30, shipping: 5, tax: 3 },
    });
    expect(order).toMatchObject({ orderId: '1', total: 30, revenue: 22 });
  });

  test('where the customer was follows from the library, the channel or the page', () => {
    const channel = (more: object) => read({ type: 'track', event: 'X', userId: 'u', ...more }).channel;
    expect(channel({ context: { library: { name: 'analytics-ios' } } })).toBe('app');
    expect(channel({ channel: 'mobile' })).toBe('app');
    expect(channel({ context: { page: { path: '/' } } })).toBe('web');
    expect(channel({ channel: 'server' })).toBe('');
    expect(channel({ channel: 'store' })).toBe('store');
  });

  test.each([
    [{ type: 'idendify', userId: 'u' }, 'type "idendify" is not an event: only "track" and "identify" are'],
    [{ type: 'track', userId: 'u' }, 'a track call needs "event"'],
    [{ type: 'track', event: 'X' }, 'a track call needs "userId" or "anonymousId"'],
    [
      { type: 'track', event: 'X', userId: 'u', timestamp: 'noon' },
      'timestamp is "noon"; a time must be RFC 3339 with its offset',
    ],
  ])('%j is refused with a sentence', (call, sentence) => {
    expect(() => read(call)).toThrow(sentence);
  });
});

describe('what other producers write', () => {
  const order = (properties: object) =>
    read({
      type: 'track',
      event: 'Order Completed',
      userId: 'u',
      properties: { order_id: 'o', ...properties },
    });

  test('amounts are read as they are written, or refused with their field', () => {
    expect(order({ total: '1,304.00', shipping: '5.00' }).order).toMatchObject({
      total: 1304,
      revenue: 1299,
      shipping: 5,
    });
    expect(order({ products: [{ product_id: 'p', price: '99,50' }] }).products).toMatchObject([
      { price: 99.5 },
    ]);
    for (const [properties, sentence] of [
      [{ total: '1,299' }, 'properties.total "1,299" can be a thousand or a fraction'],
      [{ revenue: 'free' }, 'properties.revenue "free" is no amount'],
      [{ tax: [] }, 'properties.tax is a list; an amount is wanted'],
      [
        { products: [{ product_id: 'p' }, { product_id: 'q', price: 'x' }] },
        'properties.products[1].price "x"',
      ],
      [{ order_id: { id: 1 } }, 'properties.order_id is an object; a text is wanted'],
    ] as const)
      expect(() => order(properties)).toThrow(sentence);
  });

  test('an amount of 0 is told, one that is not given is not', () => {
    expect(order({ total: 0, revenue: 0 }).order).toEqual({ orderId: 'o', coupon: '', total: 0, revenue: 0 });
    expect(order({}).order).toEqual({ orderId: 'o', coupon: '' });
    expect(order({ total: 0 }).order).toMatchObject({ total: 0, revenue: 0 });
  });

  test('products as an object with numbers, as one product, or as ids are read; everything else is refused', () => {
    const ids = (products: unknown) => order({ products }).products?.map(({ productId }) => productId);
    expect(ids({ 1: { product_id: 'a' }, 0: { product_id: 'b' } })).toEqual(['b', 'a']);
    expect(ids({ product_id: 'a', price: 1 })).toEqual(['a']);
    expect(ids(['a', 7, { id: 'c' }])).toEqual(['a', '7', 'c']);
    expect(ids([])).toEqual([]);
    expect(ids(null)).toEqual([]);
    for (const [products, sentence] of [
      ['coat', 'properties.products is a text; a list of products is wanted'],
      [{ coat: 1 }, 'properties.products is an object; a list of products is wanted'],
      [{}, 'properties.products is an object'],
      [[{ product_id: 'a' }, null], 'properties.products[1] is null; a product is wanted'],
      [[['a']], 'properties.products[0] is a list; a product is wanted'],
      [[{ product_id: ['a'] }], 'properties.products[0].product_id is a list; a text is wanted'],
    ] as const)
      expect(() => ids(products)).toThrow(sentence);
  });

  test("the words of GA4 and of Segment's first version", () => {
    const params = {
      transaction_id: 'T1',
      value: 30.5,
      tax: 4,
      currency: 'EUR',
      items: [
        {
          item_id: 'p',
          item_name: 'Coat',
          item_category: 'coats',
          item_brand: 'B',
          item_variant: 'red',
          price: 30.5,
          quantity: 1,
        },
      ],
    };
    const ga4 = read({ event: 'purchase', userId: 'u', properties: params });
    expect(ga4).toMatchObject({
      name: 'purchase',
      order: { orderId: 'T1', revenue: 30.5, total: 34.5, tax: 4 },
      products: [{ productId: 'p', category: 'coats', brand: 'B', variant: 'red', price: 30.5 }],
    });
    const first = { orderId: 'o', total: 5, products: [{ id: 'p', sku: 's', price: 5 }] };
    expect(read({ type: 'track', event: 'Completed Order', userId: 'u', properties: first })).toMatchObject({
      order: { orderId: 'o', total: 5 },
      products: [{ productId: 'p', sku: 's' }],
    });
    expect(
      read({ type: 'track', event: 'Viewed Product', userId: 'u', properties: { id: 'p' } }).products,
    ).toMatchObject([{ productId: 'p' }]);
  });

  test('half a unit is a whole one in an order, with a warning, and refused elsewhere', () => {
    const line = (event: string) => ({
      ...{ type: 'track', event, userId: 'u' },
      properties: { order_id: 'o', products: [{ product_id: 'cheese', quantity: 0.5 }] },
    });
    const { event, warnings } = readLine(line('Order Completed'));
    expect(event?.products).toMatchObject([{ quantity: 1 }]);
    expect(warnings).toEqual([
      'properties.products[0].quantity is 0.5; it counts as 1, because only whole units are kept',
    ]);
    expect(() => read(line('Product Added'))).toThrow(
      'properties.products[0].quantity is 0.5; a whole number',
    );
  });

  test('a key that is none is left out with a warning, and refused where nobody else is named', () => {
    const call = {
      type: 'track',
      event: 'Page Viewed',
      context: { traits: { email: 'n/a', phone: '0170 1234567' } },
    };
    const { event, warnings } = readLine({ ...call, userId: ' u ' });
    expect(event?.identifiers).toEqual([{ kind: 'crm', value: 'u' }]);
    expect(warnings).toEqual([
      'context.traits.email "n/a" is no address: that is name@host; it is left out',
      expect.stringMatching(
        /^context\.traits\.phone "0170 1234567" is no telephone number: .* --country; it is left out$/,
      ),
    ]);
    expect(() => readLine(call)).toThrow('nobody is named: context.traits.email "n/a" is no address');
    expect(readLine(call, { country: 'DE' } as never).event?.identifiers).toEqual([
      { kind: 'phone_sha256', value: createHash('sha256').update('+491701234567').digest('hex') },
    ]);
    expect(() => readLine({ ...call, userId: { id: 1 } })).toThrow('userId is an object; a text is wanted');
  });

  test('a time is in the first field that has one', () => {
    const at = (fields: object) => read({ type: 'track', event: 'X', userId: 'u', ...fields }).occurredAt;
    expect(at({ originalTimestamp: '2026-03-02T09:30:00Z', receivedAt: '2026-03-02T09:31:00Z' })).toEqual(
      at({ timestamp: '2026-03-02T10:30:00+01:00' }),
    );
    expect(at({ timestamp: null })).toBeUndefined();
    expect(() => at({ timestamp: '' })).toThrow('timestamp is ""; a time must be RFC 3339');
  });

  test("what puts a device's clock right goes along, unless Segment has put it right", () => {
    const at = (fields: object) => {
      const { occurredAt, sentAt, receivedAt } = read({ type: 'track', event: 'X', userId: 'u', ...fields });
      return [occurredAt, sentAt, receivedAt].map((time) => time && timestampMs(time as never) - START);
    };
    const START = Date.parse('2026-03-02T09:30:00Z');
    const [device, right] = ['2026-03-02T09:30:00Z', '2026-03-02T10:30:00Z'];
    const [sentAt, receivedAt] = ['2026-03-02T09:30:02Z', '2026-03-02T10:30:02Z'];
    const moved = [0, 2_000, 3_602_000];
    expect(at({ timestamp: device, sentAt, receivedAt })).toEqual(moved);
    expect(at({ originalTimestamp: device, sentAt, receivedAt })).toEqual(moved);
    expect(at({ timestamp: device, sentAt })).toEqual([0, 2_000, undefined]);
    expect(at({ timestamp: right, originalTimestamp: device, sentAt, receivedAt })).toEqual([
      3_600_000,
      undefined,
      undefined,
    ]);
    expect(at({ sentAt, receivedAt })).toEqual([3_602_000, undefined, undefined]);
    expect(() => at({ timestamp: device, sentAt: '2026-03-02' })).toThrow('sentAt is "2026-03-02"');
  });

  test('an order event in any letters carries its order, and a refund its id', () => {
    for (const event of ['Placed Order', 'refund', 'order_refunded', 'ORDER CANCELED']) {
      const { order, properties } = read({
        event,
        userId: 'u',
        properties: { order_id: 'o', refund_id: 'r' },
      });
      expect(order).toMatchObject({ orderId: 'o', refundId: 'r' });
      expect(properties).toEqual({});
    }
    expect(
      read({ event: 'Order Shipped', userId: 'u', properties: { order_id: 'o' } }).order,
    ).toBeUndefined();
  });

  test('a line without an id gets one by what it says', () => {
    const line = { type: 'track', event: 'X', userId: 'u' };
    expect(read(line).id).toMatch(/^[0-9a-f]{32}$/);
    expect(read(line).id).toBe(read({ userId: 'u', type: 'track', event: 'X' }).id);
    expect(read({ name: 'X', identifiers: [{ kind: 'crm', value: 'u' }] }).id).toMatch(/^[0-9a-f]{32}$/);
  });
});

test("Segment's identify is an update of the profile: null removes, a list is its JSON, keys stay keys", () => {
  const { event, warnings } = readLine({
    type: 'identify',
    userId: 'u',
    messageId: 'm',
    timestamp: '2026-03-02T09:30:00Z',
    traits: {
      name: 'Anna',
      email: 'jane@example.org',
      tier: null,
      likes: ['tea', 'boots'],
      vip: true,
      age: 36,
      address: { city: 'Leeds' },
    },
  });
  expect(event).toMatchObject({
    id: 'm',
    name: 'Profile Updated',
    properties: {
      name: text('Anna'),
      tier: text(''),
      likes: text('["tea","boots"]'),
      vip: { kind: { case: 'boolValue', value: true } },
      age: number(36),
    },
  });
  expect(Object.keys(event?.properties ?? {})).not.toContain('email');
  expect(event?.identifiers?.map(({ kind }) => kind)).toEqual(['crm', 'email_sha256']);
  expect(warnings).toEqual(['traits.address is an object; it is left out']);
});

test('a track call and an event of the contract may tell of the profile too', () => {
  const properties = { name: 'Anna', size: 'M', likes: ['tea'], tier: null };
  const told = { name: text('Anna'), size: text('M'), likes: text('["tea"]'), tier: text('') };
  expect(read({ event: 'User Updated', userId: 'u', properties }).properties).toEqual(told);
  const own = read({ name: 'Profile Updated', identifiers: [{ kind: 'crm', value: 'u' }], properties });
  expect(own.properties).toMatchObject(told);
});

test.each(['identify', 'page', 'screen', 'group', 'alias'])(
  "Segment's %s is none of an event, and no fault",
  (type) => {
    expect(readLine({ type, userId: 'u' }).event).toBeUndefined();
  },
);

describe('attune.v1.Event', () => {
  test('proto-JSON is taken as it is, with plain values for properties', () => {
    const event = read({
      id: 'e1',
      name: 'Product Viewed',
      identifiers: [{ kind: 'loyalty', value: 'L1' }],
      occurredAt: '2026-03-02T09:30:00Z',
      products: [{ productId: 'p1', price: 5 }],
      properties: { a: 'x', b: 2, c: { boolValue: true } },
    });
    expect(event).toMatchObject({
      id: 'e1',
      source: 'send',
      identifiers: [{ kind: 'loyalty', value: 'L1' }],
      products: [{ productId: 'p1', price: 5 }],
      properties: { a: text('x'), b: number(2), c: { kind: { case: 'boolValue', value: true } } },
    });
  });

  test('amounts, products, keys and times are read as in other lines', () => {
    const hash = createHash('sha256').update('jane@example.org').digest('hex');
    const line = {
      name: 'Order Completed',
      identifiers: [{ kind: 'email_sha256', value: ' Jane@Example.org' }],
      order: { orderId: 'o', total: '1,299.00', tax: '0,50' },
      products: { 1: { productId: 'p', price: '99,50', quantity: '2' } },
    };
    expect(read(line)).toMatchObject({
      identifiers: [{ kind: 'email_sha256', value: hash }],
      order: { total: 1299, tax: 0.5 },
      products: [{ productId: 'p', price: 99.5, quantity: 2 }],
    });
    const own = read({ ...line, sent_at: '2026-03-02T09:30:00Z', order: { orderId: 'o', refundId: 'r' } });
    expect([timestampMs(own.sentAt as never), own.order?.refundId]).toEqual([1772443800000, 'r']);
    expect(() => read({ ...line, sentAt: 1772443800 })).toThrow('sentAt is 1772443800');
    expect(() => read({ ...line, occurred_at: '2026-11-31T18:40:00Z' })).toThrow(
      'occurred_at is "2026-11-31T18:40:00Z"',
    );
    expect(() => read({ ...line, products: [{ productId: 'p', quantity: 0.5 }] })).toThrow(
      'attune.v1.Product.quantity',
    );
  });

  test('an import of history marks every event', () => {
    const line = JSON.stringify({ name: 'X', identifiers: [{ kind: 'crm', value: 'c' }] });
    expect(readLine(line, { historical: true } as never).event?.historical).toBe(true);
  });

  test.each([
    ['[1]', 'a line must hold one JSON object'],
    ['{', 'this is not JSON'],
    ['{"name":"X","identifers":[]}', 'identifers'],
    ['{"name":3}', 'this is no attune.v1.Event'],
  ])('%s is refused with a sentence', (line, sentence) => {
    expect(() => read(line)).toThrow(sentence);
  });
});
