/** Bugs in what channels are handed, and when. */
import type { CatalogView, ProductView } from '../../../core/catalog/catalog.ts';
import type { Delivery } from '../../../port/customers.ts';
import { ChannelRegistry } from '../../../runtime/delivery/channel-registry.ts';
import type { Mutant } from '../mutant.ts';

/** A dispatch that is handed over again says what it said the first time. */
class RepeatingRegistry extends ChannelRegistry {
  readonly #first = new Map<string, Delivery['choice']>();

  override deliver(delivery: Delivery, now: number, isReserved: boolean): boolean {
    const choice = this.#first.get(delivery.dispatchId) ?? delivery.choice;
    this.#first.set(delivery.dispatchId, choice);
    return super.deliver({ ...delivery, choice }, now, isReserved);
  }
}

/** A node's catalogue, each product changed on its way to decisions. */
function seenAs(change: (product: ProductView) => ProductView): (catalog: CatalogView) => CatalogView {
  return (catalog: CatalogView) => ({
    get sequence() {
      return catalog.sequence;
    },
    get: (productId) => {
      const product = catalog.get(productId);
      return product && change(product);
    },
  });
}

/** Each life of a node keeps the prices that it saw first. */
const pricesStandStill: Mutant = {
  name: 'prices that stand still',
  catalog: (catalog) => {
    const seen = new Map<string, ProductView | undefined>();
    return {
      get sequence() {
        return catalog.sequence;
      },
      get: (productId) => {
        if (!seen.has(productId)) seen.set(productId, catalog.get(productId));
        return seen.get(productId);
      },
    };
  },
};

const byProduct = new WeakMap<ProductView, ProductView>();

/** Whatever is sold out looks as if it were there. */
const stockUnseen: Mutant = {
  name: 'stock that nobody looks at',
  catalog: seenAs((product) => {
    const known = byProduct.get(product) ?? { ...product, stock: new Map<string, number>() };
    byProduct.set(product, known);
    return known;
  }),
};

export const DELIVERY_MUTANTS: readonly Mutant[] = [
  { name: 'words of the first hand-over', channels: () => new RepeatingRegistry() },
  pricesStandStill,
  stockUnseen,
];
