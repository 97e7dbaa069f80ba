/** A node with one shard and a channel system for mail, and customers who are mailed. */
import { CatalogColumns } from '../../core/catalog/catalog-columns.ts';
import { channelIndex } from '../../core/channel.ts';
import type { ChannelConnection, Delivery } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  order,
  product,
  type Stores,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

export const EMAIL = channelIndex('email');

export interface Desk {
  readonly node: Node;
  readonly delivered: Delivery[];
  /** Dispatch ids. */
  readonly withdrawn: string[];
  readonly session: ChannelConnection;
}

/** A node with a channel system for mail that takes what it gets. */
export async function desk(credits = 1_000, stores: Stores = emptyStores()): Promise<Desk> {
  const node = await startNode(stores, { bounds: { shards: 1, beatMs: 60_000 } });
  // Without its title a mail about what was bought cannot be written.
  const catalog = new CatalogColumns();
  catalog.fold(1, [
    {
      ...{ productId: 'p', title: 'Coat', category: 'coats', brand: 'Nord', price: 90, margin: undefined },
      ...{ url: undefined, image: undefined, variants: [], substitutes: [] },
    },
  ]);
  node.engine.runtime.catalog = catalog;
  const delivered: Delivery[] = [];
  const withdrawn: string[] = [];
  const sink = {
    deliver: (each: Delivery) => void delivered.push(each),
    withdraw: (id: string) => void withdrawn.push(id),
  };
  const session = node.gateway.connect(EMAIL, credits, sink);
  if (session.kind === 'refused') throw new Error(session.message);
  return { node, delivered, withdrawn, session };
}

export function decideFor(node: Node, n: number) {
  const identifiers = [
    { kind: 'loyalty', value: `C${n}` },
    { kind: 'email_sha256', value: `aa${n}` },
  ];
  const bought = event('Order Completed', TUESDAY, {
    ...{ identifiers, products: [product('p')], order: order(`o${n}`, 90) },
  });
  return node.decide(
    decideInput(`r${n}`, {
      ...{ identifiers, events: [bought], placements: [], dispatch: true, timeZone: 'Europe/London' },
    }),
  );
}

/** Decides for new customers until one is mailed. */
export async function mail({ node }: Pick<Desk, 'node'>, from = 0): Promise<number> {
  for (let n = from; n < from + 50; n++) {
    const outcome = await decideFor(node, n);
    if (outcome.kind !== 'decided') throw new Error(outcome.message);
    if (outcome.fact.choices[0]?.kind === 'treatment' && outcome.fact.choices[0].channel === EMAIL) return n;
  }
  throw new Error('Nobody is mailed.');
}
