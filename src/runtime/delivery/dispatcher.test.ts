import { beforeEach, expect, test } from 'vitest';
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { CatalogView } from '../../core/catalog/catalog.ts';
import { catalog, product } from '../../core/decide/shop.fixture.ts';
import type { Choice, Content } from '../../core/fact/fact.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';
import { NO_PAUSES, type Pauses } from '../../core/pause/pause.ts';
import type { Delivery } from '../../port/customers.ts';
import type { Request } from '../turn/request.ts';
import { ChannelRegistry } from './channel-registry.ts';
import { type AuthorisedPush, Dispatcher, isAttemptDue } from './dispatcher.ts';
import { Outbox } from './outbox.ts';

const EMAIL = 3;
const CUSTOMER = 'AAAAAAAAAAAAAAAAAAAAAA';
const FOREVER = Number.MAX_SAFE_INTEGER;

let now: number;
let mayServe: boolean;
let channels: ChannelRegistry;
let pauses: Pauses;
let submitted: Request[];
let delivered: Delivery[];
let goods: CatalogView;

beforeEach(() => {
  now = 1_000_000;
  mayServe = true;
  channels = new ChannelRegistry();
  pauses = NO_PAUSES;
  submitted = [];
  delivered = [];
  goods = catalog();
});

function connect(credits: number): void {
  channels.connect(EMAIL, credits, { deliver: (one) => void delivered.push(one), withdraw: () => {} }, now);
}

function dispatcherOf(entries: readonly OutboxEntry[]): Dispatcher {
  return new Dispatcher(
    {
      ...{ id: 0, outbox: new Outbox(entries) },
      identifiersOf: () => [],
      decisionRef: (seq, index) => ({ generation: 1, shard: 0, seq, index }),
      mayServe: () => mayServe,
      submit: (request) => void submitted.push(request),
    },
    {
      channels,
      pauses,
      keys: KNOWN_KEYS,
      clock: { now: () => now, after: () => () => {}, soon: setImmediate },
      catalog: { sequence: 1, get: (id) => goods.get(id) },
    },
  );
}

function entry(
  seq: number,
  change: Partial<OutboxEntry> & { readonly notAfter?: number; readonly product?: string } = {},
): OutboxEntry {
  const { notAfter = FOREVER, product: about = '', ...rest } = change;
  const choice = { kind: 'treatment', channel: EMAIL, product: about, notAfter } as Choice;
  const ref = { seq, index: 0, choice: 0 };
  return { customer: CUSTOMER, ref, choice, attempt: 0, nextAt: 0, handedAt: 0, ...rest };
}

const first = (one: OutboxEntry): AuthorisedPush => {
  return { entry: one, attempt: 1, content: one.choice.content, product: undefined, isReserved: false };
};

test('what the append authorised is handed to its channel, and waits in the outbox without a credit', () => {
  const one = entry(1);
  const two = entry(2);
  const dispatcher = dispatcherOf([one, two]);
  connect(1);
  dispatcher.pushAll([first(one), first(two)], now);
  expect(delivered.map(({ attempt, channel }) => [attempt, channel])).toEqual([[1, EMAIL]]);
  expect([one.attempt, one.handedAt, two.attempt, two.handedAt]).toEqual([1, now, 0, 0]);
});

test('what it says of a product is not handed over when the product has changed meanwhile, and is due at once', () => {
  const coat = product('coat');
  const one = entry(1, { product: 'coat', handedAt: now });
  const dispatcher = dispatcherOf([one]);
  connect(2);
  goods = catalog({ ...coat, price: 80 });
  dispatcher.pushAll([{ ...first(one), product: coat }], now);
  expect([delivered, one.attempt, isAttemptDue(one, now)]).toEqual([[], 0, true]);
  goods = catalog(coat);
  const content = { rendered: 'It costs 100.' } as Content;
  dispatcher.pushAll([{ ...first(one), content, product: coat }], now);
  expect(delivered.map(({ choice }) => choice.content)).toEqual([content]);
});

test('nothing is pushed too late, without the lease, or once it was withdrawn; a reserved credit is free again', () => {
  const one = entry(1);
  connect(2);
  channels.reserve(EMAIL, now);
  const dispatcher = dispatcherOf([one]);
  dispatcher.pushAll([{ ...first(one), isReserved: true }], now - LIMITS.pushDelayMsMax - 1);
  mayServe = false;
  dispatcher.pushAll([first(one)], now);
  mayServe = true;
  dispatcher.pushAll([first(entry(9))], now);
  expect(delivered).toEqual([]);
  dispatcher.pushAll([first(one)], now);
  expect(delivered).toHaveLength(1);
});

test('an attempt is due where no channel holds it, or one is silent for twice as long with each attempt', () => {
  expect(isAttemptDue(entry(1), now)).toBe(true);
  for (const [attempt, patience] of [
    [1, INTERVALS.dispatchRetryMs],
    [2, 2 * INTERVALS.dispatchRetryMs],
    [LIMITS.dispatchAttemptsMax - 1, 2 ** (LIMITS.dispatchAttemptsMax - 2) * INTERVALS.dispatchRetryMs],
  ] as const) {
    const held = entry(1, { attempt, handedAt: now });
    expect([isAttemptDue(held, now + patience), isAttemptDue(held, now + patience + 1)]).toEqual([
      false,
      true,
    ]);
  }
  const last = entry(1, { attempt: LIMITS.dispatchAttemptsMax, handedAt: now });
  expect(isAttemptDue(last, now + 2 * INTERVALS.dispatchRetryMsMax)).toBe(false);
});

test('a turn is asked for dispatches that can go or are over, and not again while the request waits', () => {
  const due = entry(1);
  const over = entry(2, { handedAt: now, attempt: 1, notAfter: now });
  const held = entry(3, { handedAt: now, attempt: 1 });
  const later = entry(4, { nextAt: now + 60_000 });
  const dispatcher = dispatcherOf([due, over, held, later]);
  dispatcher.attemptDue(now, -1);
  expect(refsOf(submitted)).toEqual([2]);
  connect(5);
  now += 10;
  dispatcher.attemptDue(now, EMAIL + 1);
  expect(refsOf(submitted)).toEqual([2]);
  dispatcher.attemptDue(now, EMAIL);
  dispatcher.attemptDue(now, EMAIL);
  expect(refsOf(submitted)).toEqual([2, 1]);
});

function refsOf(requests: readonly Request[]): number[] {
  return requests.map((request) => (request.kind === 'attempt' ? request.ref.seq : Number.NaN));
}
