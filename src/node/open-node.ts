/**
 * The composition root's heart: stores, policies, catalogue, model and engine of one process, wired. `serve`, scenarios,
 * the demo, benches and tests all start here; only `serve-grpc.ts` puts a network before it.
 */
import { randomBytes } from 'node:crypto';
import { IntlFormats } from '../adapter/intl/formats.ts';
import { IntlZones } from '../adapter/intl/zones.ts';
import { SystemClock } from '../adapter/system/system-clock.ts';
import { V8Heap } from '../adapter/system/v8-heap.ts';
import { seedRng } from '../base/rng.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { LIMITS } from '../config/limits.ts';
import type { ServeSettings } from '../config/options.ts';
import { CARRIED, CORE_REVISION, type CoreRevisions } from '../core/core-revision.ts';
import { DecisionDraft } from '../core/decide/decision-draft.ts';
import { NO_PAUSES } from '../core/pause/pause.ts';
import { baseRateNote } from '../policy/base-rate-note.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { AskHeld } from '../port/editions.ts';
import type { FactLog } from '../port/fact-log.ts';
import type { HeapMeter } from '../port/heap-meter.ts';
import type { NodeAnswers } from '../port/node-wires.ts';
import type { Observer } from '../port/observer.ts';
import type { Scorer } from '../port/scorer.ts';
import type { SecretKeys } from '../port/secret-keys.ts';
import { CommitWatch } from '../runtime/commit-watch.ts';
import { CustomerGateway } from '../runtime/customer-gateway.ts';
import { ChannelRegistry } from '../runtime/delivery/channel-registry.ts';
import { Engine } from '../runtime/engine.ts';
import { ErasureBook } from '../runtime/erasure/erasure-book.ts';
import { HealthCheck } from '../runtime/health.ts';
import { HeapWatch } from '../runtime/heap-watch.ts';
import { ImageKeeper } from '../runtime/image-keeper.ts';
import { DraftPool, type RuntimeBounds } from '../runtime/runtime.ts';
import { SharedCatalog } from '../runtime/shared-catalog.ts';
import { Watchers } from '../runtime/trigger/watchers.ts';
import { EditionModels } from './edition-models.ts';
import { EditionPauses } from './edition-pauses.ts';
import { EditionPolicies } from './edition-policies.ts';
import { type FollowedStores, followStores } from './follow-stores.ts';
import { loadPolicy } from './load-policy.ts';
import { loadScorer } from './load-scorer.ts';
import { futureSentence, lastOfTheFuture } from './log-clock.ts';
import { openCluster } from './open-cluster.ts';
import { openDeploymentKeys, openSecretKeys } from './open-secret-keys.ts';
import { openStores } from './open-stores.ts';
import { carryOutErasures } from './restored-erasures.ts';
import { restoreShared, writeSharedImage } from './shared-image.ts';
import type { Stores } from './stores.ts';

/** What an active profile takes in memory, for the bound in bytes (measured by the scale bench). */
const ACTIVE_BYTES = 6_000;
const BEAT_MS = 250;
const OWN_REVISIONS: CoreRevisions = { current: CORE_REVISION, carried: CARRIED };
const GATHER_MS = 4;
/** The shortest that a timer can wait. */
const LINGER_MS = 1;

export interface Node {
  readonly engine: Engine;
  readonly gateway: CustomerGateway;
  readonly policies: EditionPolicies;
  readonly models: EditionModels;
  readonly pauses: EditionPauses;
  readonly catalog: SharedCatalog;
  readonly stores: Stores;
  readonly images: ImageKeeper;
  readonly health: HealthCheck;
  /** Its part among nodes that share the stores: it serves nothing before it joined them. Absent: it is alone, and serves all. */
  readonly cluster?: Cluster;
  /** Answers the other nodes. */
  readonly answers?: NodeAnswers;
  readonly followed: FollowedStores;
  /** Finishes what was accepted, saves all, closes the stores. */
  close(): Promise<void>;
}

export interface NodeParts {
  readonly observer: Observer;
  readonly clock?: RuntimeClock;
  readonly scorer?: Scorer;
  /** Default: those of the file that the settings name. */
  readonly keys?: SecretKeys;
  /** Default: that of the process. */
  readonly heap?: HeapMeter;
  /** Seeds of the draws; default: the system's randomness. Fixed ones make a run repeatable. */
  readonly seed?: number;
  /** Default: the interval of a real clock; a virtual one wants a long one. */
  readonly beatMs?: number;
  readonly bounds?: Partial<RuntimeBounds>;
  /** Of a full log file; default: the usual one. */
  readonly logFileBytes?: number;
}

/** Opens a node: stores, catalogue, policy (of the store, else of the settings' directory), model, engine. Throws PortError. */
export async function openNode(settings: ServeSettings, parts: NodeParts): Promise<Node> {
  const clock = parts.clock ?? new SystemClock();
  const { logFileBytes } = parts;
  const wanted = logFileBytes === undefined ? settings : { ...settings, logFileBytes };
  const stores = await openStores(wanted, parts.observer, () => clock.now());
  const closers = [() => stores.close()];
  try {
    const keys = parts.keys ?? (await keysOf(stores, settings, parts.observer));
    await restoreShared(stores, parts.observer);
    const catalog = new SharedCatalog(stores.catalogLog);
    await catalog.load();
    const isShared = stores.membership !== undefined;
    const scorer = parts.scorer ?? (await loadScorer(settings, stores.editions, parts.observer, isShared));
    const ask: AskHeld = async (kind, version) => (await consent?.ask(kind, version)) ?? [];
    const models = new EditionModels({
      ...{ editions: stores.editions, scorer, isGiven: parts.scorer !== undefined, ask },
      adopt: (next) => {
        engine.runtime.scorer = next;
      },
    });
    closers.unshift(() => models.close());
    const commits = new CommitWatch(stores.log, clock);
    const policies = new EditionPolicies(
      stores.editions,
      (policy) => {
        engine.runtime.policy = policy;
      },
      () => catalog.goods,
      ask,
    );
    const heap = parts.heap ?? new V8Heap();
    const name = nodeName(clock);
    const cluster = openCluster(stores, settings, { keys, name, clock, observer: parts.observer });
    if (cluster !== undefined) closers.unshift(async () => cluster.close());
    const engine = new Engine(
      {
        log: commits.log,
        snapshots: stores.snapshots,
        archive: stores.archive,
        images: stores.images,
        clock,
        zones: new IntlZones(),
        formats: new IntlFormats(),
        keys,
        erasures: new ErasureBook(stores.erasures, keys),
        observer: parts.observer,
        channels: new ChannelRegistry(),
        watchers: new Watchers(LIMITS.watchersMax),
        rng: parts.seed === undefined ? randomRng() : seedRng(parts.seed, 1),
        drafts: new DraftPool(() => new DecisionDraft()),
        node: name,
        generation: stores.generation,
        revisions: cluster?.revisions(OWN_REVISIONS) ?? OWN_REVISIONS,
        heap: new HeapWatch(heap, clock, parts.observer),
        // A clock that somebody turns would leave a lingering tick to him.
        bounds: {
          ...boundsOf(
            settings,
            heap.read().limitBytes,
            parts.beatMs ?? BEAT_MS,
            parts.clock === undefined ? LINGER_MS : 0,
          ),
          ...parts.bounds,
        },
        policyOf: (version) => policies.parsed(version),
        policy: undefined,
        pauses: NO_PAUSES,
        catalog: catalog.view,
        scorer,
        ...(cluster !== undefined && { mayAnswer: cluster.mayAnswer, catchUp: () => followed.catchUp() }),
      },
      {
        scorerWaitMsMax: settings.scorerTimeout,
        ...(cluster !== undefined && {
          shardAt: cluster.shardAt,
          ownerOf: cluster.ownerOf,
          remote: cluster.remote,
        }),
      },
    );
    cluster?.attach(engine);
    const consent = cluster?.consent(stores.editions, {
      policy: (version) => policies.hold(version),
      model: (version) => models.hold(version),
    });
    const pauses = new EditionPauses(
      stores.editions,
      () => clock.now(),
      (paused) => {
        engine.runtime.pauses = paused;
      },
    );
    await pauses.load();
    await loadPolicy(policies, settings.policyDir, parts.observer);
    tellOfBaseRate(policies, scorer, parts.observer);
    await tellOfTheFuture(stores.log, settings.shards, clock.now(), parts.observer);
    await engine.start(cluster === undefined ? engine.shards : []);
    // Before anybody is served: what was cut short is not told again. Of several nodes one goes on with it by itself (erasure-keeper.ts).
    if (cluster === undefined) await carryOutErasures(engine);
    const images = new ImageKeeper({
      shards: engine.shards,
      runtime: engine.runtime,
      writeShared: (at) => writeSharedImage(stores, at),
      everyMs: settings.imageEvery,
      hour: settings.imageHour,
      isVolatile: settings.store === 'memory',
    });
    images.start();
    const { observer } = parts;
    const { erasures } = engine.runtime;
    const followed = followStores({
      ...{ isShared, editions: stores.editions, policies, models, consent, pauses },
      ...{ catalog, erasures, clock, observer },
    });
    closers.unshift(() => followed.stop());
    return {
      engine,
      gateway: new CustomerGateway(engine),
      policies,
      models,
      pauses,
      catalog,
      stores,
      images,
      health: new HealthCheck(engine, commits, followed.reasons),
      followed,
      ...(cluster !== undefined && { cluster, answers: cluster.answers }),
      close: async () => {
        await images.stop();
        await engine.stop();
        for (const close of closers) await close();
      },
    };
  } catch (fault) {
    for (const close of closers) await close();
    throw fault;
  }
}

/** Of this process, and no other ever: batches in the log begin with it. */
function nodeName(clock: RuntimeClock): string {
  return `${process.pid.toString(36)}${clock.now().toString(36)}${randomBytes(2).toString('hex')}`;
}

async function keysOf(stores: Stores, settings: ServeSettings, observer: Observer): Promise<SecretKeys> {
  const { keyNotes } = stores;
  return keyNotes === undefined
    ? openSecretKeys(settings, observer)
    : openDeploymentKeys(settings, keyNotes, observer);
}

/** What the shop's customers do by themselves is not known to a model of another shop. */
function tellOfBaseRate(policies: EditionPolicies, scorer: Scorer, observer: Observer): void {
  const note = policies.current === undefined ? undefined : baseRateNote(policies.current);
  if (note !== undefined)
    observer.info(
      `${note}; until then ${(scorer.info.buysPerWeek * 100).toFixed(1)} % of the customers in a week`,
    );
}

/** A clock that was or is wrong is told, before the first fence of this start stands behind its facts. */
async function tellOfTheFuture(log: FactLog, shards: number, now: number, observer: Observer): Promise<void> {
  try {
    const found = await lastOfTheFuture(log, shards, now);
    if (found !== undefined) observer.fault(futureSentence(found, now));
  } catch (fault) {
    // Opening the shard says what is wrong with a record that cannot be read.
    observer.fault('the times of the last records could not be looked at', fault);
  }
}

function randomRng() {
  const bytes = randomBytes(8);
  return seedRng(bytes.readUInt32LE(0), bytes.readUInt32LE(4));
}

function boundsOf(
  settings: ServeSettings,
  heapBytes: number,
  beatMs: number,
  lingerMs: number,
): RuntimeBounds {
  const residentBytes = Math.min(
    settings.residentBytesMax,
    (heapBytes * LIMITS.residentHeapPercentMax) / 100,
  );
  return {
    shards: settings.shards,
    residentPerShardMax: Math.max(8, Math.floor(residentBytes / ACTIVE_BYTES / settings.shards)),
    mailboxPerShardMax: LIMITS.mailboxPerShardMax,
    mailboxBytesMax: LIMITS.mailboxBytesMax,
    snapshotEveryMs: settings.snapshotEvery,
    gatherMs: GATHER_MS,
    lingerMs,
    beatMs,
    hotMs: settings.hotLogKeep,
    archiveMs: settings.archiveKeep,
  };
}
