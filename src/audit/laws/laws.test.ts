import { expect, test } from 'vitest';
import type { CustomerFact, EventFact } from '../../core/fact/fact.ts';
import { DispatchLaws } from './dispatch-laws.ts';
import { LawBook } from './law-book.ts';
import { RequestLaws } from './request-laws.ts';
import { SuppressionLaws } from './suppression-laws.ts';

const DAY_MS = 86_400_000;
const customer = 'anna';

function event(id: string, fields: Partial<EventFact> = {}): CustomerFact {
  const name = 'Page Viewed';
  return {
    kind: 'event',
    customer,
    source: 'shop',
    id,
    name,
    at: 0,
    receivedAt: 0,
    products: [],
    ...fields,
  } as CustomerFact;
}

/** Products are named with their number of pieces: `coat 2`. */
function order(name: string, orderId: string, at: number, ...products: string[]): CustomerFact {
  const pieces = products.map((text) => text.split(' '));
  return event(`${name} ${orderId}`, {
    name,
    at,
    order: { orderId } as NonNullable<EventFact['order']>,
    products: pieces.map(([productId, quantity]) => ({
      productId,
      category: 'coats',
      quantity: Number(quantity),
    })) as unknown as EventFact['products'],
  });
}

const bought = order.bind(undefined, 'Order Completed');
const refunded = order.bind(undefined, 'Order Refunded');

function decision(at: number, product = 'coat', requestId = ''): CustomerFact {
  const choice = { kind: 'treatment', action: 'nudge', channel: 5, promotion: true, product, category: '' };
  return {
    kind: 'decision',
    customer,
    at,
    requestId,
    dispatch: true,
    choices: [choice],
  } as unknown as CustomerFact;
}

function erased(at: number): CustomerFact {
  return { kind: 'erased', customer, at } as CustomerFact;
}

interface Laws {
  fact(place: { shard: number; sequence: number; index: number }, fact: CustomerFact): void;
}

/** Reads the facts as one shard's log, a record each, from sequence 1 on. */
function read(laws: Laws, facts: readonly CustomerFact[], from = 1): void {
  for (const [i, fact] of facts.entries()) laws.fact({ shard: 0, sequence: from + i, index: 0 }, fact);
}

test.each([
  ['within the suppression', [bought('o1', 0, 'coat 1'), decision(DAY_MS)], 1],
  ['when it is over', [bought('o1', 0, 'coat 1'), decision(30 * DAY_MS)], 0],
  ['when the customer was forgotten since', [bought('o1', 0, 'coat 1'), erased(1), decision(2)], 0],
  [
    'after one of two pieces came back',
    [bought('o1', 0, 'coat 2'), refunded('o1', 1, 'coat 1'), decision(2)],
    1,
  ],
  ['after both came back', [bought('o1', 0, 'coat 2'), refunded('o1', 1, 'coat 2'), decision(2)], 0],
  ['after the whole order came back', [bought('o1', 0, 'coat 2'), refunded('o1', 1), decision(2)], 0],
  [
    'after the later order came back, when the earlier one is over',
    [
      bought('o1', 0, 'coat 1'),
      bought('o2', 20 * DAY_MS, 'coat 1'),
      refunded('o2', 21 * DAY_MS, 'coat 1'),
      decision(31 * DAY_MS),
    ],
    0,
  ],
  [
    'after the earlier order came back',
    [
      bought('o1', 0, 'coat 1'),
      bought('o2', 20 * DAY_MS, 'coat 1'),
      refunded('o1', 21 * DAY_MS, 'coat 1'),
      decision(31 * DAY_MS),
    ],
    1,
  ],
] as const)('promoting what was bought %s', (_, facts, breaches) => {
  const book = new LawBook();
  read(new SuppressionLaws({ defaultMs: 30 * DAY_MS, byCategory: new Map(), categoryMs: 0 }, book), facts);
  expect(book.count).toBe(breaches);
});

test('a request that is lost, doubled, or answered as another is named', () => {
  const book = new LawBook();
  const laws = new RequestLaws(book);
  read(laws, [event('e1'), event('e1'), bought('o1', 0), decision(0, 'coat', 'r1')]);
  const source = 'shop';
  laws.acknowledged({ kind: 'event', customer, source, id: 'e1' });
  laws.acknowledged({ kind: 'event', customer, source, id: 'e2' });
  laws.acknowledged({ kind: 'event', customer, source, id: 'e3', repeatedOrder: 'o1' });
  laws.acknowledged({ kind: 'event', customer: 'berta', source, id: 'e1' });
  laws.answered({ kind: 'decide', customer, requestId: 'r1' }, { shard: 0, sequence: 4, index: 0 });
  laws.answered({ kind: 'decide', customer, requestId: 'r1' }, { shard: 0, sequence: 3, index: 0 });
  laws.acknowledged({ kind: 'feedback', customer, link: 'f1' });
  expect(book.breaches.map(({ sentence }) => sentence)).toEqual([
    'event shop e1 of anna is at 0/1/0 and at 0/2/0',
    'event shop e2 of anna was acknowledged and is not in the log',
    'event shop e1 of berta was acknowledged and is not in the log',
    'decide r1 of anna was answered as 0/3/0, and stands at 0/4/0',
    'feedback f1 of anna was acknowledged and is not in the log',
  ]);
});

test.each([
  ['within 24 hours', [decision(0, 'coat', 'r1'), decision(DAY_MS, 'coat', 'r1')], 1],
  ['after 24 hours', [decision(0, 'coat', 'r1'), decision(DAY_MS + 1, 'coat', 'r1')], 0],
  [
    'within 24 hours of one that came again after 24 hours',
    [0, DAY_MS + 1, 2 * DAY_MS].map((at) => decision(at, 'coat', 'r1')),
    1,
  ],
  [
    'behind 63 others, which is still remembered',
    [...Array.from({ length: 64 }, (_, n) => decision(0, 'coat', `r${n}`)), decision(0, 'coat', 'r0')],
    1,
  ],
  [
    'behind 64 others, which is not',
    [...Array.from({ length: 65 }, (_, n) => decision(0, 'coat', `r${n}`)), decision(0, 'coat', 'r0')],
    0,
  ],
  ['after the customer was forgotten', [decision(0, 'coat', 'r1'), erased(1), decision(2, 'coat', 'r1')], 0],
  ['of an event, after 24 hours', [event('e1'), event('e1', { receivedAt: DAY_MS + 1 })], 0],
  ['of an order told again in the same words', [bought('o1', 0, 'coat 1'), bought('o1', 0, 'coat 1')], 2],
  [
    'of an order told again with more lines',
    [
      bought('o1', 0, 'coat 1'),
      { ...bought('o1', 0, 'coat 1', 'hat 1'), id: 'another event' } as CustomerFact,
    ],
    0,
  ],
])('an id again %s', (_, facts, breaches) => {
  const book = new LawBook();
  const laws = new RequestLaws(book);
  read(laws, facts);
  expect(book.count).toBe(breaches);
  if (breaches > 0 || facts[0]?.kind !== 'decision') return;
  // Each answer was right in its time.
  for (const sequence of [1, facts.length])
    laws.answered(
      { kind: 'decide', customer, requestId: (facts[0] as { requestId: string }).requestId },
      {
        ...{ shard: 0, sequence, index: 0 },
      },
    );
  expect(book.count).toBe(0);
});

test('a push without a decision, without its attempt, made twice or too late is named', () => {
  const book = new LawBook();
  const laws = new DispatchLaws(book);
  const dispatchId = '1-0-1-0-0';
  const ref = { seq: 1, index: 0, choice: 0 };
  const sentences = (): string[] => book.breaches.splice(0).map(({ sentence }) => sentence);
  read(laws, [decision(0)]);
  laws.pushed({ dispatchId, attempt: 1, channel: 5, action: 'nudge', customer });
  expect(sentences()).toEqual([]);
  laws.pushed({ dispatchId, attempt: 1 });
  laws.pushed({ dispatchId, attempt: 2 });
  laws.sent({ dispatchId: '1-0-2-0-0', attempt: 1 });
  laws.sent({ dispatchId, attempt: 1, channel: 3 });
  laws.sent({ dispatchId, attempt: 1, customer: 'berta' });
  expect(sentences()).toEqual([
    'push 1-0-1-0-0 attempt 1: this attempt was pushed before',
    'push 1-0-1-0-0 attempt 2: the attempt is not in the log',
    'push 1-0-2-0-0 attempt 1: no decision to send it is in the log',
    'push 1-0-1-0-0 attempt 1: it was nudge on channel 3 and is nudge on 5 in the log',
    'push 1-0-1-0-0 attempt 1: it is for anna and reached berta',
  ]);
  const facts = [
    { kind: 'handed', customer, ref, attempt: 3, at: 1 },
    { kind: 'delivery', customer, ref, state: 'rejected', retryable: true, retryAt: 2, reason: '', at: 1 },
    { kind: 'delivery', customer, ref, state: 'expired', retryable: false, retryAt: 0, reason: '', at: 3 },
  ] as unknown as CustomerFact[];
  read(laws, facts.slice(0, 2), 2);
  laws.pushed({ dispatchId, attempt: 3 });
  expect(sentences()).toEqual([]);
  read(laws, facts.slice(2), 4);
  laws.sent({ dispatchId, attempt: 3 });
  laws.pushed({ dispatchId, attempt: 3 });
  expect(sentences()).toEqual([
    '0/4/0 calls dispatch 0/1/0/0 expired, and it was pushed',
    'push 1-0-1-0-0 attempt 3: this attempt was pushed before',
    'push 1-0-1-0-0 attempt 3: it was over (delivery)',
  ]);
  expect(laws.messages([dispatchId, '1-0-9-0-0'])).toEqual([
    { id: dispatchId, customer, channel: 5, action: 'nudge', at: 0 },
  ]);
});

test('a push that says something else than its decision, or than its own attempt, is named', () => {
  const book = new LawBook();
  const laws = new DispatchLaws(book);
  const dispatchId = '1-0-1-0-0';
  const words = (price: string) => ({ slotNames: ['price'], slotValues: [price], rendered: `Now ${price}` });
  const decided = decision(0) as unknown as { choices: { content?: object }[] };
  decided.choices = decided.choices.map((choice) => ({ ...choice, content: words('£90') }));
  const sent = { slotNames: ['price', 'size'], slotValues: ['', 'M'], rendered: undefined };
  const handed = { kind: 'handed', customer, ref: { seq: 1, index: 0, choice: 0 }, attempt: 2, at: 1, sent };
  read(laws, [decided, handed] as unknown as CustomerFact[]);
  laws.sent({ dispatchId, attempt: 1, content: words('£90') });
  laws.sent({ dispatchId, attempt: 2, content: { ...words('£90'), slotNames: ['size'], slotValues: ['M'] } });
  expect(book.breaches).toEqual([]);
  laws.sent({ dispatchId, attempt: 2, content: words('£90') });
  expect(book.breaches.map(({ sentence }) => sentence)).toEqual([
    'push 1-0-1-0-0 attempt 2: it says "Now £90" with price="£90" and is "Now £90" with size="M" in the log',
  ]);
});

test('whoever was forgotten is somebody else when they come again', () => {
  const laws = new DispatchLaws(new LawBook());
  read(laws, [decision(0), erased(1), decision(2)]);
  const customers = laws.messages(['1-0-1-0-0', '1-0-3-0-0']).map((message) => message.customer);
  expect(customers).toEqual([customer, `${customer}, forgotten 1 times,`]);
});
