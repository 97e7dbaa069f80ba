/** Holds what was acknowledged to the shop against the profiles that the nodes show, and against the logs in NATS. */
import { LawBook } from '../../audit/laws/law-book.ts';
import { RequestLaws } from '../../audit/laws/request-laws.ts';
import type { AttuneClient } from '../../client/attune-client.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { parseDecisionId } from '../../core/decide/decision-id.ts';
import type { Profile } from '../../gen/attune/v1/customer_pb.ts';
import { clusterSettingsOf } from '../../node/cluster-settings.ts';
import { openClusterStores } from '../../node/open-cluster-stores.ts';
import { recordsOf } from '../../node/open-directory.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { Shop } from '../../world/shop.ts';
import { shopperIdentifiers } from '../../world/shopper-identity.ts';
import type { CustomerEvents, ShopTally } from './shop-tally.ts';

export interface ShopFaults {
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** There more than once, or another one than was answered. */
  readonly doubled: readonly string[];
}

const AT_A_TIME = 8;

/** Each customer's profile counts exactly the events that were acknowledged of them, and has their orders. */
export async function checkProfiles(client: AttuneClient, shop: Shop, tally: ShopTally): Promise<ShopFaults> {
  const lost: string[] = [];
  const doubled: string[] = [];
  const customers = [...tally.customers];
  const work = async (): Promise<void> => {
    for (let next = customers.pop(); next !== undefined; next = customers.pop()) {
      const [customer, events] = next;
      const identifiers = shopperIdentifiers(shop.truth(customer)).map(({ kind, value }) => ({
        kind,
        value,
      }));
      const found = profileFaults(`customer ${customer}`, events, await client.getCustomer({ identifiers }));
      lost.push(...found.lost);
      doubled.push(...found.doubled);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { lost, doubled };
}

/** Of one customer: what was given up without an answer may have been counted, or not. */
export function profileFaults(
  who: string,
  { acknowledged, orders, unknown }: CustomerEvents,
  profile: Pick<Profile, 'counters' | 'orders'>,
): ShopFaults {
  const lost: string[] = [];
  const doubled: string[] = [];
  // Within minutes a count that halves in 14 days is whole.
  const counted = Math.round(profile.counters.find(({ name }) => name === 'events')?.halfLife14d ?? 0);
  const said = `${who}: ${acknowledged.size} events were acknowledged, the profile counts ${counted}`;
  if (counted < acknowledged.size) lost.push(said);
  if (counted > acknowledged.size + unknown) doubled.push(said);
  const ids = profile.orders.map(({ orderId }) => orderId);
  for (const id of orders) if (!ids.includes(id)) lost.push(`${who}: order ${id} is not in the profile`);
  if (new Set(ids).size < ids.length)
    doubled.push(`${who}: an order is twice in the profile (${ids.join(', ')})`);
  return { lost, doubled };
}

/** Every event and decision that was acknowledged is a fact, once, in one of the logs. The nodes need not run. */
export async function checkLogs(
  tally: ShopTally,
  { nats, redis, shards }: { readonly nats: string; readonly redis: string; readonly shards: number },
): Promise<ShopFaults> {
  const read = readOptions(SERVE_OPTIONS, { flags: { nats, redis, shards: String(shards) }, env: {} });
  if (!read.ok) throw new Error(read.error.join(' '));
  const stores = await openClusterStores(clusterSettingsOf(read.value), quietObserver, () => Date.now());
  const book = new LawBook(Number.POSITIVE_INFINITY);
  const laws = new RequestLaws(book, 'log');
  try {
    for (let shard = 0; shard < shards; shard++) {
      let epoch = 0;
      for await (const { sequence, bytes } of recordsOf(stores, shard)) {
        const { header, facts } = decodeRecord(bytes);
        // A dead owner's late append: behind a newer fence it never counted.
        if (header.epoch < epoch) continue;
        epoch = header.epoch;
        for (const [index, fact] of facts.entries())
          if (fact !== undefined && 'customer' in fact) laws.fact({ shard, sequence, index }, fact);
      }
    }
  } finally {
    await stores.close();
  }
  checkAnswers(tally, laws, book);
  const of = (...names: readonly string[]): string[] =>
    book.breaches.filter(({ law }) => names.includes(law)).map(({ sentence }) => sentence);
  return { lost: of('lost'), doubled: of('twice', 'reply') };
}

function checkAnswers({ customers, answered }: ShopTally, laws: RequestLaws, book: LawBook): void {
  for (const { acknowledged } of customers.values())
    for (const name of acknowledged) {
      const space = name.indexOf(' ');
      laws.acknowledged({
        ...{ kind: 'event', customer: '', source: name.slice(0, space), id: name.slice(space + 1) },
      });
    }
  for (const [requestId, decisionId] of answered) {
    const place = parseDecisionId(decisionId);
    if (place === undefined) book.broken('reply', `decide ${requestId} was answered as "${decisionId}"`);
    else
      laws.answered(
        { kind: 'decide', customer: '', requestId },
        { shard: place.shard, sequence: place.seq, index: place.index },
      );
  }
}
