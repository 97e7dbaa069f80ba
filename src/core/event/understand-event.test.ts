import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consentWords } from './consent-proof-words.ts';
import type { EventInput } from './event-input.ts';
import { KNOWN_NAMES } from './known-names.ts';
import { NO_ORDER } from './order-properties.ts';
import { understandEvent } from './understand-event.ts';

const view: EventInput = {
  id: 'e1',
  source: 'shop',
  identifiers: [{ kind: 'crm', value: '1' }],
  name: 'Page Viewed',
  occurredAt: 0,
  channel: 'web',
  sessionId: '',
  products: [],
  order: undefined,
  currency: '',
  properties: undefined,
  context: undefined,
  historical: false,
  bodyHash: 0,
};
const coat = {
  ...{ productId: 'coat', sku: '', variant: '', size: 'M', category: '', brand: '', coupon: '' },
  ...{ price: 240, quantity: 1 },
};
const ordered = { name: 'Order Completed', products: [coat] };

function understood(change: Partial<EventInput>) {
  const faults: string[] = [];
  const warnings: string[] = [];
  const told: string[] = [];
  const event = understandEvent(
    { ...view, ...change },
    {
      fault: (field, rule, _, sentence) => {
        faults.push(`${field} ${rule}`);
        told.push(sentence);
      },
      warn: (field, rule) => void warnings.push(`${field} ${rule}`),
    },
  );
  return { event, faults, warnings, told };
}

describe('names', () => {
  test.each([
    ['order_completed', 'Order Completed'],
    ['ORDER COMPLETED', 'Order Completed'],
    ['orderCompleted', 'Order Completed'],
    ['Completed Order', 'Order Completed'],
    ['Placed Order', 'Order Completed'],
    ['purchase', 'Order Completed'],
    ['Order Canceled', 'Order Cancelled'],
    ['refund', 'Order Refunded'],
    ['Canceled Subscription', 'Subscription Cancelled'],
    ['customer.subscription.deleted', 'Subscription Cancelled'],
    ['Viewed Product', 'Product Viewed'],
    ['view_item', 'Product Viewed'],
    ['Added Product', 'Product Added'],
    ['add_to_cart', 'Product Added'],
    ['remove_from_cart', 'Product Removed'],
    ['begin_checkout', 'Checkout Started'],
    ['add_payment_info', 'Payment Info Entered'],
    ['consent-updated', 'Consent Updated'],
    ['order_shipped', 'Order Shipped'],
    ['Fulfilled Order', 'Order Shipped'],
    ['Delivered Shipment', 'Order Delivered'],
    ['Ticket Created', 'Support Case Opened'],
    ['complaint-resolved', 'Support Case Closed'],
  ])('%s is %s', (name, meant) => {
    expect(understood({ name }).event.name).toBe(meant);
  });

  test('every known name is known in any letter case and with any separators', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KNOWN_NAMES),
        fc.constantFrom('', ' ', '_', '-', '.', ' / '),
        fc.func(fc.boolean()),
        (name, separator, isUpper) => {
          const dressed = [...name.split(' ').join(separator)]
            .map((letter, i) => (isUpper(i) ? letter.toUpperCase() : letter.toLowerCase()))
            .join('');
          expect(understood({ name: dressed }).event.name).toBe(name);
        },
      ),
    );
  });

  test.each([
    ['Order Updated', 'Order Completed'],
    ['order_updated', 'Order Completed'],
    ['ecommerce_purchase', 'Order Completed'],
    ['purchase_refund', 'Order Refunded'],
    ['Wishlist Product Added to Cart', 'Product Added'],
  ])('%s is no mere activity', (name, meant) => {
    expect(understood({ name }).event.name).toBe(meant);
  });

  test('one letter from a known name is accepted as it is, with a warning that names it', () => {
    for (const name of ['Order Complete', 'Ordre Completed', 'Product Viewd', 'Prodct Added', 'purchasse']) {
      const { event, warnings, faults } = understood({ name });
      expect([event.name, faults, warnings]).toEqual([name, [], ['name event.name']]);
    }
    for (const name of ['Quiz Finished', 'Order Paid', 'Order Exported', 'x'])
      expect(understood({ name }).warnings).toEqual([]);
  });

  test('an order under a name that is not known is told that it has no effect', () => {
    const named = (name: string, change: Partial<EventInput> = {}) =>
      understood({ name, ...change }).warnings;
    expect(named('checkout_complete_v2', { order: order('o') })).toEqual(['name event.name']);
    expect(named('Order Exported', { properties: { order_id: 'o' } })).toEqual(['name event.name']);
    expect(named('Review Written', { properties: { order_id: 'o' } })).toEqual([]);
    expect(named('Checkout Started', { order: order('o') })).toEqual([]);
  });
});

describe('channels', () => {
  test.each(['E-Mail', 'Email', 'e-mail', 'EMAIL', 'e mail', 'mail'])('%s is email', (channel) => {
    expect(understood({ channel }).event.channel).toBe('email');
  });

  test('what names none counts as not given, with a warning', () => {
    const { event, warnings } = understood({ channel: 'carrier pigeon' });
    expect([event.channel, warnings]).toEqual(['', ['channel event.channel']]);
  });
});

describe('consent', () => {
  const says = (channel: unknown, purpose: unknown, granted: unknown) =>
    understood({ name: 'Consent Updated', properties: { channel, purpose, granted } as never });

  test.each([
    ['email', 'marketing', false, { channel: 'email', purpose: 'marketing', granted: false }],
    ['Email', 'Marketing', 'no', { channel: 'email', purpose: 'marketing', granted: false }],
    ['E-Mail', 'promotional', 'opt-out', { channel: 'email', purpose: 'marketing', granted: false }],
    ['all', 'all', 'Unsubscribed', { channel: 'all', purpose: 'all', granted: false }],
    ['*', 'any', 'DENIED', { channel: 'all', purpose: 'all', granted: false }],
    ['SMS', 'transactional', 'granted', { channel: 'sms', purpose: 'service', granted: true }],
    ['push', 'service', 1, { channel: 'push', purpose: 'service', granted: true }],
    ['sms', 'marketing', 'STOP', { channel: 'sms', purpose: 'marketing', granted: false }],
    ['sms', 'marketing', 'N', { channel: 'sms', purpose: 'marketing', granted: false }],
    ['push', 'service', '0', { channel: 'push', purpose: 'service', granted: false }],
  ])('%s, %s, %s is understood', (channel, purpose, granted, meant) => {
    const { event, faults } = says(channel, purpose, granted);
    expect(faults).toEqual([]);
    expect(event.properties).toMatchObject(meant);
  });

  test.each([
    ['newsletter-list-7', 'marketing', false, 'properties["channel"]'],
    ['', 'marketing', false, 'properties["channel"]'],
    [undefined, 'marketing', false, 'properties["channel"]'],
    ['email', 'gossip', false, 'properties["purpose"]'],
    ['email', undefined, false, 'properties["purpose"]'],
    ['email', 'marketing', 'perhaps', 'properties["granted"]'],
    ['email', 'marketing', 'nope!', 'properties["granted"]'],
    ['email', 'marketing', undefined, 'properties["granted"]'],
    ['email', 'marketing', 2, 'properties["granted"]'],
    ['email', 'marketing', -1, 'properties["granted"]'],
    ['email', 'marketing', '-1', 'properties["granted"]'],
  ])('%s, %s, %s is refused', (channel, purpose, granted, field) => {
    expect(says(channel, purpose, granted).faults).toEqual([`${field} event.consent`]);
  });

  test.each([
    ['Unsubscribed', 'email', {}, { channel: 'email', purpose: 'marketing', granted: false }],
    ['unsubscribe', 'sms', {}, { channel: 'sms', purpose: 'marketing', granted: false }],
    ['Unsubscribed', 'web', { channel: 'E-Mail' }, { channel: 'email', granted: false }],
    ['Unsubscribed', '', { channel: 'all', purpose: 'all' }, { channel: 'all', purpose: 'all' }],
    ['Email Unsubscribed', 'web', {}, { channel: 'email', purpose: 'marketing', granted: false }],
    ['Email Marked as Spam', '', {}, { channel: 'email', purpose: 'all', granted: false }],
    ['Unsubscribed from SMS Marketing', '', { granted: 'no' }, { channel: 'sms', granted: false }],
  ])('%s by %s with %o is a no', (name, channel, properties, meant) => {
    const { event, faults, warnings } = understood({ name, channel, properties: properties as never });
    expect([faults, warnings]).toEqual([[], []]);
    expect(event.name).toBe('Consent Updated');
    expect(event.properties).toMatchObject(meant);
  });

  test.each([
    // Where it was said is not what was refused.
    ['Unsubscribed', 'web', {}, 'properties["channel"]'],
    ['Unsubscribed', '', { list_id: '123' }, 'properties["channel"]'],
    ['Email Unsubscribed', '', { granted: true }, 'properties["granted"]'],
    ['Email Unsubscribed', '', { purpose: 'gossip' }, 'properties["purpose"]'],
  ])('%s by "%s" with %o is refused', (name, channel, properties, field) => {
    const { faults } = understood({ name, channel, properties: properties as never });
    expect(faults).toEqual([`${field} event.consent`]);
  });

  test('a name that looks like a no and is not known is told to refuse nothing', () => {
    const { event, faults, warnings } = understood({ name: 'Weekly Digest Opt-Out Clicked' });
    expect([event.name, faults, warnings]).toEqual([
      'Weekly Digest Opt-Out Clicked',
      [],
      ['name event.name'],
    ]);
  });

  test('what a consent says of its proof is kept under one name, and cut where it is too long', () => {
    const { event, warnings } = understood({
      name: 'Consent Updated',
      properties: {
        ...{ channel: 'email', purpose: 'marketing', granted: true },
        ...{ formId: 'footer', consent_version: 7, Proof: 'x'.repeat(129), text: 'more' },
      },
    });
    expect(consentWords(event.properties)).toEqual({
      form: 'footer',
      textVersion: '7',
      proof: 'x'.repeat(128),
    });
    expect(warnings).toEqual(['properties["proof"] event.consent_proof']);
    expect(consentWords({ channel: 'email', purpose: 'marketing', granted: true })).toBeUndefined();
  });

  test('a refusal names the nearest right word', () => {
    expect(says('emial', 'marketing', false).told[0]).toContain('did you mean "email"?');
    expect(says('email', 'marketng', false).told[0]).toContain('did you mean "marketing"?');
  });
});

describe('orders', () => {
  test('an order is read from the properties of GA4', () => {
    const items = JSON.stringify([{ item_id: 'coat', item_brand: 'Nord', price: 240, quantity: 2 }]);
    const { event, faults } = understood({
      name: 'purchase',
      properties: { transaction_id: 'T1', value: 480, shipping: 5, tax: 0, currency: 'eur', items },
    });
    expect(faults).toEqual([]);
    expect(event).toMatchObject({ name: 'Order Completed', currency: 'EUR' });
    expect(event.order).toMatchObject({ orderId: 'T1', revenue: 480, shipping: 5 });
    expect(event.products).toMatchObject([{ productId: 'coat', brand: 'Nord', price: 240, quantity: 2 }]);
  });

  test('a list of products that is sent and empty says that none are left; no list says nothing', () => {
    const emptied = (properties: Record<string, string>, name = 'Order Updated') =>
      understood({ name, order: order('o'), properties }).event.order?.isEmptied;
    expect(emptied({ products: '[]' })).toBe(true);
    expect(emptied({ items: ' [ ] ' })).toBe(true);
    expect(emptied({ products: '[{"product_id":"p"}]' })).toBeUndefined();
    expect(emptied({})).toBeUndefined();
    expect(emptied({ products: '' })).toBeUndefined();
    expect(emptied({ products: '[]' }, 'Order Refunded')).toBeUndefined();
  });

  test('amounts as text are read where they mean one thing, and refused where they mean two or none', () => {
    const amount = (total: unknown) =>
      understood({ ...ordered, properties: { order_id: 'o', total } as never });
    expect(amount('1,304.00').event.order?.total).toBe(1304);
    expect(amount('99,50').event.order?.total).toBe(99.5);
    expect(amount('1.299,00').event.order?.total).toBe(1299);
    for (const total of ['1,299', 'free', Number.NaN, true, '1e13'])
      expect(amount(total).faults).toEqual(['properties["total"] event.amount']);
    expect(amount('1,299').told[0]).toBe('can be read in two ways; write 1299 or 1.2990');
  });

  test('an amount that names its currency is in it, and none is taken at its number in another', () => {
    const paid = (total: string, currency = '') =>
      understood({ ...ordered, currency, properties: { order_id: 'o', total } });
    expect(paid('€12').event).toMatchObject({ currency: 'EUR', order: { total: 12 } });
    expect(paid('12,50 EUR').event).toMatchObject({ currency: 'EUR', order: { total: 12.5 } });
    expect(paid('€12', 'EUR').faults).toEqual([]);
    expect(paid('€12', 'GBP').faults).toEqual(['properties["total"] event.currency']);
    expect(paid('$12').event.currency).toBe('$');
    expect(paid('$12', 'CAD')).toMatchObject({ faults: [], event: { currency: 'CAD' } });
    expect(paid('$12', 'GBP').faults).toEqual(['properties["total"] event.currency']);
    const items = JSON.stringify([{ item_id: 'coat', price: '£9' }]);
    const mixed = { transaction_id: 'o', value: '€9', items };
    expect(understood({ name: 'purchase', properties: mixed }).faults).toEqual([
      'properties["value"] event.currency',
    ]);
  });

  test.each(['undefined', 'null', 'NaN', '[object Object]', '  ', ' Null '])(
    'an order whose number is %j is no order',
    (orderId) => {
      expect(understood({ ...ordered, order: order(orderId) }).faults).toEqual([
        'order.order_id event.order_id',
      ]);
    },
  );

  test('an order number that lost its digits as a number is refused with the way out', () => {
    const { faults, told } = understood({ ...ordered, properties: { order_id: Number.NaN, total: 5 } });
    expect(faults).toEqual(['properties["order_id"] event.order_id']);
    expect(told[0]).toContain('send it as text');
  });

  test('spaces around ids and sizes are none of them', () => {
    const line = { ...coat, productId: ' coat ', size: 'M ' };
    const told = { ...order(' o '), refundId: 'undefined' };
    const { event } = understood({ ...ordered, products: [line], order: told });
    expect(event.order).toMatchObject({ orderId: 'o', refundId: '' });
    expect(event.products).toMatchObject([{ productId: 'coat', size: 'M' }]);
  });

  test('a product that is called undefined is no product', () => {
    const { event } = understood({
      ...ordered,
      products: [{ ...coat, productId: 'undefined' }],
      order: order('o'),
    });
    expect(event.products).toMatchObject([{ productId: '' }]);
    expect(event.order?.revenue).toBe(240);
  });

  test('no order, no order id and a list of another shape are refused', () => {
    expect(understood(ordered).faults).toEqual(['order event.order_required']);
    expect(understood({ ...ordered, order: order('') }).faults).toEqual(['order.order_id event.order_id']);
    for (const products of ['coat', '{"1":{"product_id":"coat"}}', '["coat"]', '[[]]', true])
      expect(
        understood({ name: 'purchase', order: order('o'), properties: { products } as never }).faults,
      ).toEqual(['properties["products"] event.products']);
    const price = JSON.stringify([{ product_id: 'coat', price: 'cheap' }]);
    expect(understood({ name: 'purchase', order: order('o'), properties: { items: price } }).faults).toEqual([
      'properties["items"][0].price event.amount',
    ]);
  });

  test('what is no currency is refused, whatever letters it has', () => {
    const currencies = { eur: 'EUR', ' gbp ': 'GBP', '€': 'EUR', '£': 'GBP', $: '$' };
    for (const [currency, code] of Object.entries(currencies))
      expect(understood({ currency }).event.currency).toBe(code);
    for (const currency of ['¢', 'euro', 'E€', 'EURO', '??'])
      expect(understood({ currency }).faults).toEqual(['currency event.currency']);
  });

  test('a line without goods is money of its order, with a warning', () => {
    const lines = [
      coat,
      { ...coat, productId: '', price: 10 },
      { ...coat, productId: 'voucher', price: -20 },
    ];
    const { event, faults, warnings } = understood({ ...ordered, products: lines, order: order('o') });
    expect(faults).toEqual([]);
    expect(warnings).toEqual([
      'products[1].product_id event.line_without_goods',
      'products[2].price event.line_without_goods',
    ]);
    expect(event.products.map(({ productId }) => productId)).toEqual(['coat', '', '']);
    expect(event.order?.revenue).toBe(230);
  });

  test('a quantity that cannot be is put right, with a warning', () => {
    const of = (quantity: number) =>
      understood({ ...ordered, products: [{ ...coat, quantity }], order: order('o') });
    expect(of(2_000_000).event.products[0]?.quantity).toBe(1_000_000);
    expect(of(2_000_000).warnings).toEqual(['products[0].quantity event.quantity']);
    expect(of(0.5).event.products[0]?.quantity).toBe(1);
    expect(of(3).warnings).toEqual([]);
  });
});

test('an event about products without one is refused, and one in the properties counts', () => {
  expect(understood({ name: 'Product Viewed' }).faults).toEqual(['products event.products_required']);
  const flat = { name: 'view_item', properties: { product_id: 'coat', price: '99,50', brand: 'Nord' } };
  expect(understood(flat).event.products).toMatchObject([{ productId: 'coat', price: 99.5, brand: 'Nord' }]);
  // As Segment's first specification names it; elsewhere a bare id may be anything.
  const first = { name: 'Viewed Product', properties: { id: 'coat', sku: 'c-1', price: 240 } };
  expect(understood(first).event.products).toMatchObject([{ productId: 'coat', sku: 'c-1', price: 240 }]);
  const elsewhere = { name: 'Size Guide Viewed', properties: { id: 'guide-7' } };
  expect(understood(elsewhere).faults).toEqual(['products event.products_required']);
  const nameless = { name: 'Product Added', products: [{ ...coat, productId: '' }] };
  expect(understood(nameless).faults).toEqual(['products event.products_required']);
});

test('an event that is as it should be comes back as it is', () => {
  const { event, faults, warnings } = understood({});
  expect([faults, warnings]).toEqual([[], []]);
  const plain = { ...view, ...ordered, order: order('o') };
  expect(understandEvent(plain, { fault: () => {}, warn: () => {} })).toBe(plain);
  expect(event).toEqual(view);
});

function order(orderId: string) {
  const none = Number.NaN;
  return {
    orderId,
    total: none,
    revenue: none,
    shipping: none,
    tax: none,
    discount: none,
    coupon: '',
    refundId: '',
  };
}

describe('news of an order or a support case', () => {
  test('names the order, wherever it stands, and nothing else of it counts', () => {
    const order = { ...NO_ORDER, orderId: ' O-1 ', revenue: 12 };
    const { event, faults } = understood({ name: 'order_shipped', order, products: [coat] });
    expect(faults).toEqual([]);
    expect(event).toMatchObject({ name: 'Order Shipped', products: [], order: { orderId: 'O-1' } });
    expect(event.order?.revenue).toBeNaN();
    for (const properties of [{ order_id: 'O-2' }, { orderNumber: 'O-2' }, { 'Transaction ID': 'O-2' }])
      expect(understood({ name: 'Return Received', properties }).event.order?.orderId).toBe('O-2');
  });

  test.each([undefined, { ...NO_ORDER, orderId: '' }, { ...NO_ORDER, orderId: 'undefined' }])(
    'is refused without an order: %o',
    (order) => {
      expect(understood({ name: 'Order Delayed', order }).faults).toEqual(['order.order_id event.order_id']);
    },
  );

  test('names the case, as help desks call it', () => {
    for (const properties of [{ case_id: 'C-1' }, { ticketId: 'C-1' }, { 'Complaint ID': 'C-1' }])
      expect(understood({ name: 'Ticket Created', properties }).event.properties).toMatchObject({
        case_id: 'C-1',
      });
    expect(
      understood({ name: 'Ticket Solved', properties: { ticket_id: 17 } }).event.properties,
    ).toMatchObject({
      case_id: '17',
    });
    expect(understood({ name: 'Support Case Closed', properties: { case_id: 'null' } }).faults).toEqual([
      'properties["case_id"] event.case_id',
    ]);
  });
});
