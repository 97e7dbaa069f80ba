/** The streams of a deployment that is made from a backup. */
import { JetStreamFactLog } from '../../adapter/nats/jetstream-fact-log.ts';
import { findStreams, openLogs, streamsThere } from '../../adapter/nats/known-streams.ts';
import { KvBucket } from '../../adapter/nats/kv-bucket.ts';
import { NatsCatalogLog } from '../../adapter/nats/nats-catalog-log.ts';
import { NatsDoor } from '../../adapter/nats/nats-door.ts';
import { NatsEditions } from '../../adapter/nats/nats-editions.ts';
import { NatsErasures } from '../../adapter/nats/nats-erasures.ts';
import { ObjectArchive } from '../../adapter/nats/object-archive.ts';
import { ObjectImages } from '../../adapter/nats/object-images.ts';
import type { StreamOptions } from '../../adapter/nats/shard-stream.ts';
import type { Observer } from '../../port/observer.ts';
import type { ClusterSettings } from '../cluster-settings.ts';
import { CommandError, EXIT } from '../command/command-line.ts';
import { noteDeployment } from '../deployment-format.ts';
import { expectNats } from '../expect-servers.ts';
import { openStoreAccess } from '../store-access.ts';
import type { Stores } from '../stores.ts';

const DIAL_MS = 2_000;
const ANSWER_MS = 10_000;

export interface NewDeployment
  extends Pick<Stores, 'log' | 'archive' | 'images' | 'erasures' | 'editions' | 'catalogLog' | 'close'> {
  readonly name: string;
  /** Makes a deployment of it, with which nodes may start. Throws PortError. */
  note(what: {
    readonly generation: number;
    readonly shards: number;
    readonly keys: readonly string[];
  }): Promise<void>;
}

/** `begins`: the first record of each shard's log. Throws CommandError where something of such a deployment is there, PortError. */
export async function openNewDeployment(
  settings: ClusterSettings,
  observer: Observer,
  begins: readonly number[],
): Promise<NewDeployment> {
  const { nats, files, deployment: name, replicas, logBytesMax: maxBytes } = settings;
  const options: StreamOptions = { prefix: name, replicas, maxBytes };
  const door = new NatsDoor({
    ...{ access: openStoreAccess('nats', files.nats, observer), servers: nats, name: `${name}-restore` },
    ...{ dialMs: DIAL_MS, redialMs: 0, answerMs: ANSWER_MS, steadyMs: () => performance.now() },
  });
  try {
    await expectNats(door, options, settings);
    const found = await streamsThere(door, options, begins.length);
    if (found.length > 0)
      throw new CommandError(
        `NATS at ${nats.join(', ')} has streams of a deployment ${name} (${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''}): name a new one with --deployment, or remove what a restore that was cut short has left. Nothing was changed.`,
        EXIT.usage,
      );
    await openLogs(door, options, begins.length, begins);
    const erasures = await NatsErasures.open(door, options);
    const editions = new NatsEditions(door, options, { now: Date.now });
    await editions.current('policy');
    const bucket = new KvBucket(door, options, 'deployment');
    return {
      ...{ name, erasures, editions },
      log: new JetStreamFactLog(door, options, { made: begins.length }),
      archive: new ObjectArchive(door, options),
      images: new ObjectImages(door, options),
      catalogLog: new NatsCatalogLog(door, options),
      note: async ({ generation, shards, keys }) => {
        if (keys.length > 0) await bucket.put('keys', JSON.stringify(keys));
        await noteDeployment(bucket, { generation, shards }, await findStreams(door, options, shards));
      },
      close: () => door.close(),
    };
  } catch (fault) {
    await door.close();
    throw fault;
  }
}
