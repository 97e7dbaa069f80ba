/**
 * The stores of a deployment for whoever only looks: nothing is made, written or noted, nodes may serve meanwhile, and the user `attune-auditor` of deploy/ is
 * enough.
 */
import { MemorySnapshotStore } from '../adapter/memory/memory-snapshot-store.ts';
import { JetStreamFactLog } from '../adapter/nats/jetstream-fact-log.ts';
import { findStreams, hasBucket } from '../adapter/nats/known-streams.ts';
import { KvBucket } from '../adapter/nats/kv-bucket.ts';
import { logsAtOnce } from '../adapter/nats/logs-at-once.ts';
import { NatsCatalogLog } from '../adapter/nats/nats-catalog-log.ts';
import { NatsDoor } from '../adapter/nats/nats-door.ts';
import { NatsEditions } from '../adapter/nats/nats-editions.ts';
import { NatsErasures } from '../adapter/nats/nats-erasures.ts';
import { ObjectArchive } from '../adapter/nats/object-archive.ts';
import { ObjectImages } from '../adapter/nats/object-images.ts';
import type { StreamOptions } from '../adapter/nats/shard-stream.ts';
import { RedisSnapshotStore } from '../adapter/redis/redis-snapshot-store.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { AccessNow } from '../port/store-access.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { type DeploymentFormat, lostStreams, notedKeys, readDeployment } from './deployment-format.ts';
import type { Finding } from './finding.ts';
import { openStoreAccess } from './store-access.ts';
import type { Stores } from './stores.ts';

const DIAL_MS = 2_000;
const REDIAL_MS = 250;
const ANSWER_MS = 5_000;
/** Of the user `attune-auditor`, whose answers are nobody else's. */
const AUDITOR_INBOX = '_INBOX_auditor';

export interface ReadDeployment {
  readonly stores: Stores;
  readonly format: DeploymentFormat;
  /** Fingerprints of the secret keys with which it was served. */
  readonly keys: readonly string[];
  /** The last record of each shard at one moment, which is now. Throws PortError. */
  atOnce(): Promise<readonly number[]>;
}

export interface ReadOptions {
  /** Whether Redis is asked; else there are no snapshots. */
  readonly withProfiles: boolean;
}

/** What is wrong with streams and Redis is in the findings of the stores. Throws PortError: nobody answers, or there is no such deployment. */
export async function readClusterStores(
  settings: Omit<ClusterSettings, 'shards' | 'accepted' | 'natsAccepted'>,
  observer: Observer,
  now: () => number,
  { withProfiles }: ReadOptions,
): Promise<ReadDeployment> {
  const { redis, files, deployment: prefix, replicas, logBytesMax: maxBytes } = settings;
  const options: StreamOptions = { prefix, replicas, maxBytes, isReadOnly: true };
  const door = await openDoor(settings, openStoreAccess('nats', files.nats, observer), options);
  const profiles = withProfiles
    ? new RedisSnapshotStore({
        ...redis,
        ...{ access: openStoreAccess('redis', files.redis, observer), prefix, answerMs: ANSWER_MS },
      })
    : undefined;
  const close = async (): Promise<void> => {
    await profiles?.close();
    await door.close();
  };
  try {
    const bucket = new KvBucket(door, options, 'deployment');
    const format = (await hasBucket(door, options, 'deployment')) ? await readDeployment(bucket) : undefined;
    if (format === undefined)
      throw new PortError(
        'unavailable',
        `there is no deployment ${prefix} on NATS at ${settings.nats.join(', ')}: name it by --deployment`,
      );
    const found = await findStreams(door, options, format.shards);
    const findings: Finding[] = [...lostStreams(found, format)].map((sentence) => ({
      kind: 'loss',
      sentence,
    }));
    const owner = (await profiles?.owner()) ?? '';
    // Without one no node has been there yet, as after a restore.
    const isOwn = owner === '' || owner === `${format.id}.${format.generation}`;
    if (!isOwn)
      findings.push({
        kind: 'loss',
        sentence:
          'the Redis has profiles of another deployment of this name, or of an earlier generation of it: they are not looked at',
      });
    return {
      format,
      keys: await notedKeys(bucket),
      atOnce: () => logsAtOnce(door, options, format.shards),
      stores: {
        log: new JetStreamFactLog(door, options, { made: format.shards }),
        snapshots: isOwn && profiles !== undefined ? profiles : new MemorySnapshotStore(),
        archive: new ObjectArchive(door, options),
        images: new ObjectImages(door, options),
        erasures: await NatsErasures.open(door, options),
        editions: new NatsEditions(door, options, { now }),
        catalogLog: new NatsCatalogLog(door, options),
        generation: format.generation,
        findings,
        close,
      },
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** Answers are heard where the user may hear them: as nodes do, else as the auditor does. */
async function openDoor(
  { nats, deployment }: Pick<ClusterSettings, 'nats' | 'deployment'>,
  access: AccessNow,
  options: StreamOptions,
): Promise<NatsDoor> {
  let refused: unknown;
  for (const inboxPrefix of [undefined, AUDITOR_INBOX]) {
    const door = new NatsDoor({
      ...{ servers: nats, access, name: `${deployment}-auditor`, steadyMs: () => performance.now() },
      ...{ dialMs: DIAL_MS, redialMs: REDIAL_MS, answerMs: ANSWER_MS },
      ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    });
    try {
      await hasBucket(door, options, 'deployment');
      return door;
    } catch (fault) {
      await door.close();
      refused ??= fault;
      if (!(fault instanceof Error && /permissions violation/i.test(fault.message))) throw fault;
    }
  }
  throw refused;
}
