/** A process's worth of runtime over the memory adapters, for tests: the stores outlive it, so it can be restarted. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ArchiveStorage, MemoryArchive } from '../adapter/memory/memory-archive.ts';
import { type ErasureStorage, MemoryErasures } from '../adapter/memory/memory-erasures.ts';
import { type FactLogStorage, MemoryFactLog } from '../adapter/memory/memory-fact-log.ts';
import { type ImageStorage, MemoryImages } from '../adapter/memory/memory-images.ts';
import { MemorySnapshotStore, type SnapshotStorage } from '../adapter/memory/memory-snapshot-store.ts';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import { KNOWN_KEYS } from '../adapter/system/known-keys.ts';
import { seedRng } from '../base/rng.ts';
import { LIMITS } from '../config/limits.ts';
import { CatalogColumns } from '../core/catalog/catalog-columns.ts';
import { CARRIED, CORE_REVISION, type CoreRevisions } from '../core/core-revision.ts';
import type { DecideInput } from '../core/decide/decide-input.ts';
import { DecisionDraft } from '../core/decide/decision-draft.ts';
import type { EventInput, ProductInput } from '../core/event/event-input.ts';
import { plainFormats } from '../core/locale/plain-formats.fixture.ts';
import { NO_PAUSES } from '../core/pause/pause.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Profile } from '../core/profile/profile.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { CustomerSelector, DecideOutcome, PublishOutcome, Refusal } from '../port/customers.ts';
import type { Observer } from '../port/observer.ts';
import { CustomerGateway } from './customer-gateway.ts';
import { ChannelRegistry } from './delivery/channel-registry.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { ErasureBook } from './erasure/erasure-book.ts';
import { DraftPool, type RuntimeBounds } from './runtime.ts';
import { Watchers } from './trigger/watchers.ts';

/** Tuesday 2026-03-03, 10:00 UTC. */
export const TUESDAY: number = Date.UTC(2026, 2, 3, 10);

export interface Stores {
  readonly log: FactLogStorage;
  readonly snapshots: SnapshotStorage;
  readonly archive: ArchiveStorage;
  readonly images: ImageStorage;
  readonly erasures: ErasureStorage;
}

export function emptyStores(): Stores {
  return { log: new Map(), snapshots: new Map(), archive: new Map(), images: new Map(), erasures: new Map() };
}

/** What a node that is one of several is served with. */
export interface ServedWith extends Pick<EngineOptions, 'shardAt' | 'ownerOf' | 'remote'> {
  readonly mayAnswer: () => boolean;
  attach(engine: Engine): void;
}

export interface Node {
  readonly engine: Engine;
  readonly gateway: CustomerGateway;
  readonly clock: VirtualClock;
  readonly faults: string[];
  /** Of each counter, over all its labels, and of each label as `name:label`. */
  readonly counts: Map<string, number>;
  /** Of each gauge the last value, whatever its label. */
  readonly gauges: Map<string, number>;
  publish(input: EventInput): Promise<PublishOutcome>;
  decide(input: DecideInput): Promise<DecideOutcome>;
  /** What `view` sees; undefined for a customer of whom nothing is known. */
  read<T>(selector: CustomerSelector, view: (profile: Profile) => T): Promise<T | undefined | Refusal>;
  /** Turns the clock to `at` step by step and lets all work settle. */
  advanceTo(at: number): Promise<void>;
}

const small: RuntimeBounds = {
  shards: 4,
  residentPerShardMax: 1_000,
  mailboxPerShardMax: LIMITS.mailboxPerShardMax,
  mailboxBytesMax: LIMITS.mailboxBytesMax,
  snapshotEveryMs: 15_000,
  gatherMs: 3,
  lingerMs: 0,
  beatMs: 3_600_000,
  hotMs: 86_400_000,
  archiveMs: 30 * 86_400_000,
};

/** The starter; `consider`: when customers are considered, instead of what it says itself. */
export function starterPolicy(consider?: string): Policy {
  const root = new URL('../../policies/starter', import.meta.url).pathname;
  const files = new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name, readFileSync(join(root, name), 'utf8')]),
  );
  if (consider !== undefined) {
    const own = (files.get('policy.yaml') ?? '').replace(/^consider:.*$/m, '');
    files.set('policy.yaml', `${own}\nconsider: ${JSON.stringify(consider)}\n`);
  }
  const parsed = parsePolicy(files, {
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    zoneExists: () => true,
    localeExists: () => true,
  });
  if (!parsed.ok)
    throw new Error(parsed.faults.map((fault) => `${fault.file}:${fault.line} ${fault.message}`).join('\n'));
  return parsed.policy;
}

export async function startNode(
  stores: Stores,
  options: {
    now?: number;
    bounds?: Partial<RuntimeBounds>;
    policy?: Policy | undefined;
    node?: string;
    revisions?: CoreRevisions;
    generation?: number;
    /** One of several: default: a clock of its own, and all shards served here. */
    clock?: VirtualClock;
    runtimeClock?: RuntimeClock;
    cluster?: ServedWith;
  } = {},
): Promise<Node> {
  const clock = options.clock ?? new VirtualClock(options.now ?? TUESDAY);
  const faults: string[] = [];
  const counts = new Map<string, number>();
  const gauges = new Map<string, number>();
  const observer: Observer = {
    count: (name, by, label = '') => {
      for (const one of [name, `${name}:${label}`]) counts.set(one, (counts.get(one) ?? 0) + by);
    },
    gauge: (name, value) => void gauges.set(name, value),
    time: () => {},
    fault: (sentence, cause) =>
      void faults.push(cause === undefined ? sentence : `${sentence}: ${String(cause)}`),
    info: () => {},
  };
  const bounds = { ...small, ...options.bounds };
  const policy = 'policy' in options ? options.policy : starterPolicy();
  const { cluster } = options;
  const engine = new Engine(
    {
      log: new MemoryFactLog({ storage: stores.log }),
      snapshots: new MemorySnapshotStore({ storage: stores.snapshots }),
      archive: new MemoryArchive({ storage: stores.archive }),
      images: new MemoryImages({ storage: stores.images }),
      clock: options.runtimeClock ?? clock,
      zones: {
        offsetMin: (zone) => (zone === 'Europe/London' ? 0 : zone === 'America/New_York' ? -300 : Number.NaN),
      },
      formats: plainFormats,
      keys: KNOWN_KEYS,
      erasures: new ErasureBook(new MemoryErasures(stores.erasures), KNOWN_KEYS),
      observer,
      channels: new ChannelRegistry(),
      watchers: new Watchers(LIMITS.watchersMax),
      rng: seedRng(7, 11),
      drafts: new DraftPool(() => new DecisionDraft()),
      node: options.node ?? 'a',
      generation: options.generation ?? 1,
      revisions: options.revisions ?? { current: CORE_REVISION, carried: CARRIED },
      bounds,
      policyOf: async (version) => (version === policy?.version ? policy : undefined),
      policy,
      pauses: NO_PAUSES,
      catalog: new CatalogColumns(),
      scorer: new BaseRateScorer(),
      ...(cluster !== undefined && { mayAnswer: cluster.mayAnswer }),
    },
    cluster,
  );
  cluster?.attach(engine);
  await engine.start(cluster === undefined ? undefined : []);
  const gateway = new CustomerGateway(engine);
  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = engine.busy ? 0 : quiet + 1;
    }
  };
  return {
    engine,
    gateway,
    clock,
    faults,
    counts,
    gauges,
    publish: (input) =>
      new Promise((resolve) => gateway.publish(input, 200, Number.POSITIVE_INFINITY, resolve)),
    decide: (input) =>
      new Promise((resolve) => gateway.decide(input, 200, Number.POSITIVE_INFINITY, resolve)),
    read: async (selector, view) => {
      const seen = await gateway.read(selector, view);
      return seen.kind === 'read' ? seen.value : seen.kind === 'unknown' ? undefined : seen;
    },
    advanceTo: async (at) => {
      await settle();
      for (let next = clock.next; next !== undefined && next <= at; next = clock.next) {
        clock.advanceTo(next);
        await settle();
      }
      clock.advanceTo(at);
      await settle();
    },
  };
}

let count = 0;

export function event(name: string, at: number, change: Partial<EventInput> = {}): EventInput {
  count++;
  return {
    id: `e${count}`,
    source: 'test',
    identifiers: [{ kind: 'loyalty', value: 'L1' }],
    name,
    occurredAt: at,
    channel: 'web',
    sessionId: 's1',
    products: [],
    order: undefined,
    currency: 'GBP',
    properties: undefined,
    context: { timeZone: 'Europe/London', locale: 'en-GB', device: '', page: '' },
    historical: false,
    bodyHash: count,
    ...change,
  };
}

export function product(productId: string, change: Partial<ProductInput> = {}): ProductInput {
  return {
    productId,
    sku: '',
    variant: '',
    size: 'M',
    category: 'coats',
    brand: 'Nord',
    price: 120,
    quantity: 1,
    coupon: '',
    ...change,
  };
}

export function order(orderId: string, revenue: number): EventInput['order'] {
  return { orderId, total: revenue, revenue, shipping: 0, tax: 0, discount: 0, coupon: '', refundId: '' };
}

export function decideInput(requestId: string, change: Partial<DecideInput> = {}): DecideInput {
  return {
    requestId,
    identifiers: [{ kind: 'loyalty', value: 'L1' }],
    events: [],
    placements: ['home_hero'],
    dispatch: false,
    timeZone: '',
    locale: '',
    device: '',
    page: '',
    channel: 'web',
    alternativesMax: 0,
    dryRun: false,
    bodyHash: 1,
    ...change,
  };
}
