import { describe, expect, it } from 'vitest';
import type { EventInput } from '../../core/event/event-input.ts';
import { understandEvent } from '../../core/event/understand-event.ts';
import { REASONS } from '../../core/reason.ts';
import { CATEGORY_FUNCTIONS } from '../../core/trait/category-functions.ts';
import { TRAITS } from '../../core/trait/trait-spec.ts';
import { ConditionTable } from '../compile-condition.ts';
import { conditionEnvironment } from '../condition-environment.ts';
import { DECLARED } from '../conditions.fixture.ts';
import { neverHold } from '../possible/never-holds.ts';
import { authorList, LIST_NAMES } from './author-lists.ts';
import { listPage } from './list-page.ts';

const bare: EventInput = {
  id: 'e1',
  source: 'shop',
  identifiers: [{ kind: 'crm', value: '1' }],
  name: '',
  occurredAt: 0,
  channel: '',
  sessionId: '',
  products: [],
  order: undefined,
  currency: '',
  properties: undefined,
  context: undefined,
  historical: false,
  bodyHash: 0,
};

function faultsOf(event: EventInput): readonly string[] {
  const faults: string[] = [];
  understandEvent(event, { fault: (field) => void faults.push(field), warn: () => {} });
  return faults;
}

describe('the list of reasons', () => {
  it('has each with sentences', () => {
    const { rows } = authorList('reasons');
    expect(rows.map(({ reason }) => reason)).toEqual([...REASONS]);
    for (const { reason, meaning, remedy } of rows)
      for (const text of [meaning, remedy])
        expect([reason, /^[A-Z].*\.$/.test(text ?? '')]).toEqual([reason, true]);
  });
});

describe('the list of traits', () => {
  const { rows } = authorList('traits');

  it('has each trait, each function of a category, and what is asked of attributes', () => {
    expect(rows).toHaveLength(TRAITS.length + CATEGORY_FUNCTIONS.length + 3);
  });

  it.each(rows.map((row) => [row.trait ?? '', row.example ?? '']))(
    'shows %s in a condition that asks it and can hold: %s',
    (trait, example) => {
      expect(new ConditionTable(DECLARED).intern(example)).toMatchObject({ source: example });
      expect(example).toMatch(new RegExp(`\\b${trait.replace(/[(.].*/, '')}\\b`));
      expect(neverHold([conditionEnvironment.parse(example).ast], [])).toBe(false);
    },
  );
});

describe('the list of events', () => {
  const { rows } = authorList('events');

  it.each(rows.map((row) => [row.event ?? '', row.needs ?? '']))('says what %s needs: %s', (name, needs) => {
    expect(faultsOf({ ...bare, name }).length > 0).toBe(needs !== '');
  });

  it('names properties that are understood', () => {
    for (const id of ['product_id', 'item_id'])
      expect(faultsOf({ ...bare, name: 'Product Viewed', properties: { [id]: 'p1' } })).toEqual([]);
    for (const list of ['products', 'items'])
      for (const id of ['product_id', 'item_id', 'id', 'sku']) {
        const properties = { [list]: JSON.stringify([{ [id]: 'p1' }]) };
        expect(faultsOf({ ...bare, name: 'Product Added', properties })).toEqual([]);
      }
    for (const id of ['order_id', 'transaction_id', 'order_number'])
      expect(faultsOf({ ...bare, name: 'purchase', properties: { [id]: 'o1', total: 5 } })).toEqual([]);
    for (const granted of ['opted_in', 'unsubscribed', true])
      expect(
        faultsOf({
          ...bare,
          name: 'Consent Updated',
          properties: { channel: 'all', purpose: 'marketing', granted },
        }),
      ).toEqual([]);
  });

  it('has the names of other specifications', () => {
    const named = (event: string): string | undefined => rows.find((row) => row.event === event)?.other_names;
    expect(named('Order Completed')).toContain('Completed Order');
    expect(named('Order Completed')).toContain('purchase');
    expect(named('Product Added')).toContain('add_to_cart');
  });
});

it('a page is a table in which no cell ends early', () => {
  for (const name of LIST_NAMES) {
    const list = authorList(name);
    const lines = listPage(list)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(lines).toHaveLength(list.rows.length + 2);
    const bars = Object.keys(list.columns).length + 1;
    for (const line of lines)
      expect([line, line.replaceAll('\\|', '').split('|').length - 1]).toEqual([line, bars]);
  }
});
