import { decodeCatalogRecord } from '../../../codec/stored/catalog-codec.ts';
import { decodeRecord } from '../../../codec/stored/record-codec.ts';
import type { SubjectOrder } from '../../../core/candidate/order-value.ts';
import { BuyingWeeks, type WeekCount } from '../../../core/outcome/buying-weeks.ts';
import type { Policy } from '../../../core/policy/policy.ts';
import { CommandError } from '../../../node/command/command-line.ts';
import { EditionPolicies } from '../../../node/edition-policies.ts';
import { openDirectory, recordsOf } from '../../../node/open-directory.ts';
import { quietObserver } from '../../../node/quiet-observer.ts';
import type { Stores } from '../../../node/stores.ts';
import { PortError } from '../../../port/port-error.ts';

const CATALOG_BATCH = 1_024;

/** What a data directory knows of its shop. */
export interface ShopNumbers {
  /** In force; undefined: none. */
  readonly policy: Policy | undefined;
  /** Of median price, and its margin where it is known; undefined: no product has a price. */
  readonly product: SubjectOrder | undefined;
  /** Who was heard of in the log that is kept. */
  readonly customers: number;
  /** Weeks without messages, counted with the policy that is estimated. */
  weeks(policy: Policy): WeekCount;
}

/** Reads a data directory that no service holds, or a restored backup of one. Throws CommandError. */
export async function readShopNumbers(
  directory: string,
  onShard: (done: number, of: number) => void,
): Promise<ShopNumbers> {
  try {
    const { stores, shards } = await openDirectory(directory, quietObserver);
    try {
      const policies = new EditionPolicies(stores.editions, () => {});
      await policies.load();
      const product = await medianProduct(stores);
      const watched = new BuyingWeeks();
      let until = 0;
      for (let shard = 0; shard < shards; shard++) {
        until = Math.max(until, await readShard(stores, shard, watched));
        onShard(shard + 1, shards);
      }
      return {
        policy: policies.current,
        product,
        customers: watched.customers,
        weeks: (policy) => watched.count(until, policy),
      };
    } finally {
      await stores.close();
    }
  } catch (fault) {
    if (fault instanceof PortError) throw new CommandError(`${directory}: ${fault.message}`);
    throw fault;
  }
}

/** The time of the shard's last record; what an owner of before wrote behind the fence of the next one does not count. */
async function readShard(stores: Stores, shard: number, watched: BuyingWeeks): Promise<number> {
  let [epoch, until] = [0, 0];
  for await (const { bytes } of recordsOf(stores, shard)) {
    const { header, facts } = decodeRecord(bytes, { columns: false });
    if (header.epoch < epoch) continue;
    epoch = header.epoch;
    until = Math.max(until, header.at);
    for (const fact of facts) watched.note(fact);
  }
  return until;
}

async function medianProduct({ catalogLog }: Stores): Promise<SubjectOrder | undefined> {
  const prices = new Map<string, { price: number; margin: number }>();
  for (let from = 1; ; ) {
    const records = await catalogLog.read(from, CATALOG_BATCH);
    if (records.length === 0) break;
    for (const { sequence, bytes } of records) {
      for (const { productId, price, margin } of decodeCatalogRecord(bytes)) {
        const old = prices.get(productId);
        prices.set(productId, {
          price: price ?? old?.price ?? 0,
          margin: margin ?? old?.margin ?? Number.NaN,
        });
      }
      from = sequence + 1;
    }
  }
  const sold = [...prices.values()].filter(({ price }) => price > 0).sort((a, b) => a.price - b.price);
  const middle = sold[Math.floor((sold.length - 1) / 2)];
  if (middle === undefined) return undefined;
  const shares = sold
    .filter(({ margin }) => !Number.isNaN(margin))
    .map(({ price, margin }) => margin / price);
  const share = shares.sort((a, b) => a - b)[Math.floor((shares.length - 1) / 2)];
  return {
    orderValue: middle.price,
    orderMargin: share === undefined ? Number.NaN : middle.price * share,
  };
}
