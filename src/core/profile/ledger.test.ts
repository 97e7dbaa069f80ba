import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BOUNDS } from '../bounds.ts';
import { CHANNELS } from '../channel.ts';
import { actionHash } from './action-hash.ts';
import { ContactLedger } from './contact-ledger.ts';
import type { Contact, PendingOutcome, ViewedProduct } from './ledger-rows.ts';
import { PendingLedger } from './pending-ledger.ts';
import { SEEN_WIDTH } from './profile.ts';
import { findSeen, rememberSeen, seenFrom } from './seen.ts';
import { ViewedLedger } from './viewed-ledger.ts';

/** The n-th contact: every column differs, and some instants are beyond 32 bits. */
function contact(n: number): Contact {
  return {
    seq: n,
    index: n % 3,
    choice: n % 2,
    action: `action-${n % 7}`,
    variant: `v${n % 5}`,
    channel: n % CHANNELS.length,
    at: 1_772_000_000_000 + n,
    state: n % 12,
    counts: n % 2 === 0,
    offer: n % 4 === 0 ? `offer-${n}` : '',
    product: `sku-${n}`,
    promotion: n % 3 === 0,
    notAfter: 1_772_000_000_000 + 2 * n,
    marks: 0,
    dispatched: n % 5 === 0,
  };
}

function outcome(n: number): PendingOutcome {
  const at = 1_772_000_000_000 + n;
  return {
    seq: n,
    index: n % 3,
    choice: n % 2,
    decidedAt: at,
    clickUntil: at + 10,
    purchaseUntil: at + 20,
    unsubscribeUntil: at + 30,
    awaits: 1 + (n % 7),
    channel: n % CHANNELS.length,
    engaged: n % 2 === 0,
    unsubscribed: n % 3 === 0,
    orders: n % 4,
    margin: n / 7,
  };
}

/** When the next of its stages matures. */
function dueOf({ awaits, clickUntil, purchaseUntil, unsubscribeUntil }: PendingOutcome): number {
  const ends = [clickUntil, purchaseUntil, unsubscribeUntil];
  return Math.min(...ends.filter((_, stage) => (awaits & (1 << stage)) !== 0));
}

const many = { minLength: 1, maxLength: 500 } as const;

test('a contact ledger is a list of its newest rows, whatever was dropped and changed on the way', () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant({ kind: 'push' as const, place: 0 }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'drop' as const, place: 0 }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), place: fc.nat() }) },
    ),
    { ...many, size: 'max' },
  );
  fc.assert(
    fc.property(steps, fc.nat(3), (taken, room) => {
      const ledger = new ContactLedger(room);
      let rows: Contact[] = [];
      for (const [n, { kind, place }] of taken.entries()) {
        if (kind === 'push') {
          ledger.push(contact(n));
          rows = [...rows, contact(n)].slice(-BOUNDS.contacts);
        } else if (kind === 'drop') {
          ledger.dropOldest();
          rows = rows.slice(1);
        } else if (rows.length > 0) {
          const i = place % rows.length;
          ledger.setState(i, n % 12);
          ledger.setCounts(i, n % 2 === 1);
          rows[i] = { ...(rows[i] as Contact), state: n % 12, counts: n % 2 === 1 };
        }
      }
      expect(ledger.toArray()).toEqual(rows);
      expect(ledger.counting).toBe(rows.filter((row) => row.counts).length);
      for (const [i, row] of rows.entries()) {
        expect(ledger.find(row)).toBe(i);
        expect([ledger.at(i), ledger.channel(i), ledger.state(i)]).toEqual([row.at, row.channel, row.state]);
        expect([ledger.counts(i), ledger.dispatched(i)]).toEqual([row.counts, row.dispatched]);
        expect(ledger.actionHash(i)).toBe(actionHash(row.action));
      }
      expect(ledger.find({ seq: -1, index: 0, choice: 0 })).toBe(-1);
      ledger.clear();
      ledger.push(contact(1));
      expect(ledger.toArray()).toEqual([contact(1)]);
    }),
    { numRuns: 60 },
  );
});

test('a ledger of awaited outcomes is a list of its newest rows, whichever were removed, credited and marked', () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant({ kind: 'push' as const, place: 0 }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), place: fc.nat() }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'remove' as const, place: 0 }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('mark' as const), place: fc.nat() }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('mature' as const), place: fc.nat() }) },
    ),
    { ...many, size: 'max' },
  );
  fc.assert(
    fc.property(steps, fc.nat(3), (taken, room) => {
      const ledger = new PendingLedger(room);
      let rows: PendingOutcome[] = [];
      for (const [n, { kind, place }] of taken.entries()) {
        const i = place % Math.max(1, rows.length);
        const at = 1_772_000_000_000 + n;
        if (kind === 'push') {
          ledger.push(outcome(n));
          rows = [...rows, outcome(n)].slice(-BOUNDS.pending);
        } else if (kind === 'remove') {
          ledger.remove(i);
          rows = rows.filter((_, at) => at !== i);
        } else if (kind === 'mature') {
          const stage = place % 3;
          ledger.mature(i, stage);
          rows = rows
            .map((row, of) => (of === i ? { ...row, awaits: row.awaits & ~(1 << stage) } : row))
            .filter(({ awaits }) => awaits !== 0);
        } else if (rows.length > 0) {
          ledger.engage(i, at);
          ledger.unsubscribe(i, at);
          ledger.credit(at, 1, 0.1);
          rows = rows.map((row, of) => ({
            ...row,
            engaged: row.engaged || (of === i && at <= row.clickUntil),
            unsubscribed: row.unsubscribed || (of === i && at <= row.unsubscribeUntil),
            orders: row.orders + (at >= row.decidedAt && at <= row.purchaseUntil ? 1 : 0),
            margin: row.margin + (at >= row.decidedAt && at <= row.purchaseUntil ? 0.1 : 0),
          }));
        }
      }
      expect(ledger.toArray()).toEqual(rows);
      for (const [i, row] of rows.entries())
        expect([ledger.find(row), ledger.dueAt(i)]).toEqual([i, dueOf(row)]);
      const now = 1_772_000_000_000 + taken.length;
      expect(ledger.dueBy(now)).toEqual(rows.filter((row) => dueOf(row) <= now));
      ledger.remove(-1);
      ledger.remove(rows.length);
      expect(ledger.length).toBe(rows.length);
    }),
    { numRuns: 60 },
  );
});

test('remembered are the last ids within the window, however many are not dropped yet', () => {
  const max = 8;
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(1, 1, 1, 1_000, BOUNDS.seenMs / 4, BOUNDS.seenMs), { ...many, size: 'max' }),
      (pauses) => {
        const seen: number[] = [];
        let known: { id: number; at: number }[] = [];
        let now = 1_772_000_000_000;
        for (const [id, pause] of pauses.entries()) {
          now += pause;
          rememberSeen(seen, max, id, id, now);
          const oldest = now - BOUNDS.seenMs;
          known = [...known.filter(({ at }) => at >= oldest), { id, at: now }].slice(-max);
          const kept = seen.slice(seenFrom(seen, SEEN_WIDTH, max));
          expect(kept).toEqual(known.flatMap((entry) => [entry.id, entry.id, entry.at]));
          for (const entry of known) expect(findSeen(seen, max, entry.id, now)).toBeGreaterThanOrEqual(0);
          expect(findSeen(seen, max, (known[0]?.id ?? 0) - 1, now)).toBe(-1);
          expect(seen.length).toBeLessThanOrEqual((max + 16) * SEEN_WIDTH);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('viewed products are a list in the order of their last view, whatever order the views come in', () => {
  const arbView = fc.record({
    product: fc.constantFrom(...'abcdefghijklmnop'),
    at: fc.integer({ min: 1, max: 60 }),
    size: fc.constantFrom('', 'S', 'M'),
  });
  fc.assert(
    fc.property(fc.array(arbView, { maxLength: 80, size: 'max' }), (views) => {
      const ledger = new ViewedLedger();
      let plain: ViewedProduct[] = [];
      for (const { product, at, size } of views) {
        const seen = {
          productId: product,
          category: `of ${product}`,
          brand: '',
          size,
          price: at * 2,
          lastAt: at,
        };
        const known = plain.find(({ productId }) => productId === product);
        const place = ledger.find(product);
        expect(place).toBe(known === undefined ? -1 : plain.indexOf(known));
        if (place < 0) ledger.add({ ...seen, views: 1 });
        else ledger.viewAgain(place, at, at * 2, size);
        if (known === undefined) plain = [...plain, { ...seen, views: 1 }];
        else if (at < known.lastAt) known.views++;
        else {
          const again = { ...seen, size: size || known.size, views: known.views + 1 };
          plain = [...plain.filter((one) => one !== known), again];
        }
        // Sorting keeps the order of those of equal instants.
        plain = plain.sort((a, b) => a.lastAt - b.lastAt).slice(-BOUNDS.viewed);
        expect(ledger.toArray()).toEqual(plain);
      }
    }),
  );
});
