import { createHash } from 'node:crypto';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { readEventLine } from './read-event.ts';

const setting = { source: 'send', userKind: 'crm', historical: false };
const read = (line: unknown) => {
  const event = readEventLine(typeof line === 'string' ? line : JSON.stringify(line), setting);
  if (event === undefined) throw new Error('not taken');
  return event;
};
const text = (value: string) => ({ kind: { case: 'stringValue', value } });
const number = (value: number) => ({ kind: { case: 'doubleValue', value } });

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
        traits: { email: ' Jane@Example.org ', phone: '+49 (100) 1' },
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
      { kind: 'phone_sha256', value: sha256('+491001') },
      { kind: 'push_token', value: 'tok' },
      { kind: 'anonymous', value: 'a1' },
    ]);
  });

  test('no plain address or number leaves the machine', () => {
    const call = {
      type: 'track',
      event: 'Signed In',
      userId: 'u',
      context: { traits: { email: 'jane@example.org', phone: '+491001' } },
    };
    expect(JSON.stringify(read(call))).not.toMatch(/jane|491001/);
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
    [{ type: 'idendify', userId: 'u' }, 'type "idendify" is not an event: only "track" is'],
    [{ type: 'track', userId: 'u' }, 'a track call needs "event"'],
    [{ type: 'track', event: 'X' }, 'a track call needs "userId" or "anonymousId"'],
    [
      { type: 'track', event: 'X', userId: 'u', timestamp: 'noon' },
      'timestamp "noon" is not an ISO 8601 time',
    ],
  ])('%j is refused with a sentence', (call, sentence) => {
    expect(() => read(call)).toThrow(sentence);
  });
});

test.each(['identify', 'page', 'screen', 'group', 'alias'])(
  "Segment's %s is none of an event, and no fault",
  (type) => {
    expect(readEventLine(JSON.stringify({ type, userId: 'u' }), setting)).toBeUndefined();
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

  test('an import of history marks every event', () => {
    const line = JSON.stringify({ name: 'X', identifiers: [{ kind: 'crm', value: 'c' }] });
    expect(readEventLine(line, { ...setting, historical: true })?.historical).toBe(true);
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
