import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MINUTE_MS } from '../../base/clock.ts';
import { makeEvent, makeOrder } from '../../world/make-event.ts';
import { momentsOf } from './replay-moments.ts';

function event(id: string, customer: string, minute: number, name: string) {
  return makeEvent({
    id,
    source: 'test',
    identifiers: [{ kind: 'crm', value: customer }],
    name,
    occurredAt: minute * MINUTE_MS,
    order: makeOrder({ orderId: id, total: 1, revenue: 1 }),
  });
}

const histories = fc
  .array(
    fc.record({
      minute: fc.integer({ min: 0, max: 12 }),
      customer: fc.constantFrom('a', 'b', 'c'),
      isOrder: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((rows) =>
    rows
      .sort((a, b) => a.minute - b.minute)
      .map(({ minute, customer, isOrder }, i) =>
        event(String(i), customer, minute, isOrder ? 'Order Completed' : 'Order Refunded'),
      ),
  );

test('every event stands once, in order, each order between a decision right before it and one a minute after', () => {
  fc.assert(
    fc.property(histories, (events) => {
      const moments = [...momentsOf(events)];
      const times = moments.map(({ at }) => at);
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      const steps = moments.flatMap(({ at, byCustomer }) => {
        for (const own of byCustomer) expect(new Set(own.map(({ customer }) => customer)).size).toBe(1);
        expect(byCustomer.flat().every((step) => step.at === at)).toBe(true);
        return byCustomer.flat();
      });
      const orders = events.filter(({ name }) => name === 'Order Completed');
      expect(steps).toHaveLength(events.length + 2 * orders.length);
      for (const customer of ['a', 'b', 'c']) {
        const own = steps.filter((step) => step.customer === `crm:${customer}`);
        const published = own.filter(({ kind }) => kind === 'event').map((step) => step.event);
        expect(published).toEqual(events.filter(({ identifiers }) => identifiers[0]?.value === customer));
        for (const [i, step] of own.entries()) {
          if (step.kind === 'before') expect(own[i + 1]).toMatchObject({ kind: 'event', event: step.event });
          if (step.kind === 'after') expect(step.at).toBe(step.event.occurredAt + MINUTE_MS);
        }
      }
    }),
  );
});

test('a decision that is due with an order of the same customer comes before it', () => {
  const moments = [
    ...momentsOf([event('1', 'a', 0, 'Order Completed'), event('2', 'a', 1, 'Order Completed')]),
  ];
  expect(
    moments.map(({ byCustomer }) => byCustomer.flat().map(({ kind, event: { id } }) => `${kind} ${id}`)),
  ).toEqual([['before 1', 'event 1'], ['after 1', 'before 2', 'event 2'], ['after 2']]);
});
