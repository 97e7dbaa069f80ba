/** A node whose policy puts customers into the audience of an ad platform, and that platform. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CatalogColumns } from '../../core/catalog/catalog-columns.ts';
import { channelIndex } from '../../core/channel.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { policyContext } from '../../policy/policy-context.ts';
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
import type { RuntimeBounds } from '../runtime.ts';

export const ADS = channelIndex('ads');
export const NEAR = 'retargeting';

/** The starter with one action more, which is certain to win for who viewed something. */
export const adPolicy: Policy = withAds();

function withAds(): Policy {
  const root = new URL('../../../policies/starter', import.meta.url).pathname;
  const files = new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name, readFileSync(join(root, name), 'utf8')]),
  );
  files.set(
    'channels.yaml',
    `${files.get('channels.yaml')}\naudiences: { ${NEAR}: { identifiers: [email_sha256] } }\n`,
  );
  files.set(
    'actions/ads.yaml',
    JSON.stringify({
      actions: {
        shoe_ad: {
          title: 'What was looked at, in an ad',
          purpose: 'marketing',
          promotion: true,
          subject: 'viewed',
          channels: ['ads'],
          audience: NEAR,
          proactive: true,
          lift: { mean: 0.5, sd: 0.0001 },
          valid: '2d',
          variants: { plain: { template: 'ads.plain', slots: { size: { from: 'subject.size' } } } },
        },
      },
    }),
  );
  const parsed = parsePolicy(
    new Map([...files, ['policy.yaml', plain(files.get('policy.yaml') ?? '')]]),
    policyContext,
  );
  if (!parsed.ok) throw new Error(parsed.faults.map(({ message }) => message).join('\n'));
  return parsed.policy;
}

/** Nobody is held out, and nothing is tried for its own sake. */
function plain(text: string): string {
  return text.replace(/^holdout:.*$/m, 'holdout: 0').replace(/^explore:.*$/m, 'explore: 0');
}

/** What the ad platform was told, in order. */
export interface Told {
  readonly customer: string;
  readonly keys: readonly string[];
  readonly isMember: boolean;
  readonly version: number;
  readonly reason: number;
  readonly shows: string;
  readonly dispatchId: string;
}

export function toldOf({ choice, customerId, identifiers, dispatchId }: Delivery): Told {
  const { audience } = choice;
  if (audience === undefined) throw new Error('It is a message.');
  return {
    ...{ customer: customerId, dispatchId, keys: identifiers.map(({ kind }) => kind) },
    ...{ isMember: audience.left === undefined, version: audience.version },
    ...{ reason: audience.left?.reason ?? 0, shows: choice.product },
  };
}

export interface AdDesk {
  readonly node: Node;
  readonly told: Told[];
  readonly session: ChannelConnection;
  /** Of the ad platform, dispatch ids that it was asked to stop. */
  readonly withdrawn: string[];
}

/** `credits` 0: nobody serves the channel yet. */
export async function adDesk(
  stores: Stores = emptyStores(),
  {
    credits = 100,
    now = TUESDAY,
    bounds = {},
    policy = adPolicy,
  }: { credits?: number; now?: number; bounds?: Partial<RuntimeBounds>; policy?: Policy } = {},
): Promise<AdDesk> {
  const node = await startNode(stores, {
    ...{ now, policy, bounds: { shards: 4, beatMs: 60_000, ...bounds } },
  });
  const catalog = new CatalogColumns();
  stock(catalog, 1, 5);
  node.engine.runtime.catalog = catalog;
  return { node, ...connectAds(node, credits) };
}

export function connectAds(node: Node, credits = 100): Omit<AdDesk, 'node'> {
  const told: Told[] = [];
  const withdrawn: string[] = [];
  const session = node.gateway.connect(ADS, credits, {
    deliver: (each) => void told.push(toldOf(each)),
    withdraw: (id) => void withdrawn.push(id),
  });
  if (session.kind === 'refused') throw new Error(session.message);
  return { told, withdrawn, session };
}

/** So many of the shoe in M are left. */
export function stock(catalog: CatalogColumns, sequence: number, left: number): void {
  catalog.fold(sequence, [
    {
      ...{ productId: 'shoe', title: 'Runner', category: 'shoes', brand: 'Vela', price: 90, margin: 40 },
      ...{ url: undefined, image: undefined, substitutes: [] },
      variants: [{ size: 'M', stock: left }],
    },
  ]);
}

export function keysOf(n: number): EventInput['identifiers'] {
  return [
    { kind: 'loyalty', value: `A${n}` },
    { kind: 'email_sha256', value: `ab${n}` },
  ];
}

/** The customer looks at the shoe, and is put into the audience. */
export async function enter(node: Node, n: number, request = `r${n}`): Promise<void> {
  const identifiers = keysOf(n);
  const now = node.clock.now();
  const properties = { channel: 'ads', purpose: 'marketing', granted: true };
  const consent = event('Consent Updated', now, { identifiers, properties });
  const viewed = event('Product Viewed', now, {
    ...{ identifiers, products: [product('shoe', { category: 'shoes' })] },
  });
  const outcome = await node.decide(
    decideInput(request, { identifiers, events: [consent, viewed], placements: [], dispatch: true }),
  );
  if (outcome.kind !== 'decided') throw new Error(outcome.message);
  const choice = outcome.fact.choices[0];
  if (choice?.audience === undefined)
    throw new Error(`Not in the audience: ${choice?.action} ${choice?.reason}`);
}

export function buys(node: Node, n: number, productId = 'shoe') {
  const identifiers = keysOf(n);
  return node.publish(
    event('Order Completed', node.clock.now(), {
      ...{
        identifiers,
        products: [product(productId, { category: productId === 'shoe' ? 'shoes' : 'others' })],
        order: order(`o${n}-${productId}`, 90),
      },
    }),
  );
}
