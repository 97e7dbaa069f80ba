/** Bugs in what channels are handed, and when. */
import type { CatalogView, ProductView } from '../../../core/catalog/catalog.ts';
import type { Content } from '../../../core/fact/fact.ts';
import type { Delivery } from '../../../port/customers.ts';
import { ChannelRegistry } from '../../../runtime/delivery/channel-registry.ts';
import type { Mutant } from '../mutant.ts';
import { bendTurns } from './turn-bug.ts';

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

/** What was decided is handed over word for word, however late. */
class DecidedWordsRegistry extends ChannelRegistry {
  readonly #decided = new Map<string, Content | undefined>();

  override deliver(delivery: Delivery, now: number, isReserved: boolean): boolean {
    const { dispatchId, choice } = delivery;
    if (!this.#decided.has(dispatchId)) this.#decided.set(dispatchId, choice.content);
    const content = this.#decided.get(dispatchId);
    return super.deliver({ ...delivery, choice: { ...choice, content } }, now, isReserved);
  }
}

/** A device comes to somebody else, and goes on reaching the one whose it was. */
const deviceKept: Mutant = {
  name: 'moved token that still reaches its former owner',
  patch: () => bendTurns((apply, _actor, fact) => (fact.kind === 'key-released' ? 0 : apply(fact))),
};

export const DELIVERY_MUTANTS: readonly Mutant[] = [
  pricesStandStill,
  stockUnseen,
  deviceKept,
  { name: 'words of the decision, however late', channels: () => new DecidedWordsRegistry() },
];
