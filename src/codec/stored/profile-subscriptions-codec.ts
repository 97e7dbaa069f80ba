/** What the orders of the ledger do not say of subscriptions: their ends, and those of orders that it has let go of. */
import type { OlderOrders } from '../../core/profile/older-orders.ts';
import type { Profile } from '../../core/profile/profile.ts';
import {
  NO_ENDS,
  NO_SUBSCRIPTIONS,
  type Subscription,
  type SubscriptionEnd,
} from '../../core/profile/subscription.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isSame } from './same-number.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

export interface StoredSubscriptions {
  readonly ends: readonly SubscriptionEnd[];
  readonly older: Pick<OlderOrders, 'lastNewAt' | 'subscriptions'> | undefined;
}

export const UNSUBSCRIBED_PROFILE: StoredSubscriptions = { ends: NO_ENDS, older: undefined };

/** Whether there is more than what reading without the section gives. */
export function hasSubscriptions({ subscriptionEnds, older }: Profile): boolean {
  return (
    subscriptionEnds.length > 0 ||
    (older !== undefined && (older.subscriptions.length > 0 || !isSame(older.lastNewAt, older.lastAt)))
  );
}

export function writeSubscriptions(
  writer: ByteWriter,
  texts: TextTableWriter,
  { subscriptionEnds, older }: Profile,
  base: number,
): void {
  writer.varint(subscriptionEnds.length);
  for (const { id, at } of subscriptionEnds) {
    texts.write(writer, id);
    writer.near(at, base);
  }
  writer.u8(older === undefined ? 0 : 1);
  if (older === undefined) return;
  writer.near(older.lastNewAt, base);
  writer.varint(older.subscriptions.length);
  for (const { id, at, gapMs } of older.subscriptions) {
    texts.write(writer, id);
    writer.near(at, base);
    writer.number(gapMs);
  }
}

export function readSubscriptions(
  reader: ByteReader,
  texts: TextTableReader,
  base: number,
): StoredSubscriptions {
  const ends = new Array<SubscriptionEnd>(reader.count(2, 'ends of subscriptions'));
  for (let i = 0; i < ends.length; i++) ends[i] = { id: texts.read(reader), at: reader.near(base) };
  if (reader.u8() === 0) return { ends, older: undefined };
  const lastNewAt = reader.near(base);
  const count = reader.count(3, 'subscriptions');
  if (count === 0) return { ends, older: { lastNewAt, subscriptions: NO_SUBSCRIPTIONS } };
  const subscriptions = new Array<Subscription>(count);
  for (let i = 0; i < count; i++)
    subscriptions[i] = { id: texts.read(reader), at: reader.near(base), gapMs: reader.number() };
  return { ends, older: { lastNewAt, subscriptions } };
}
