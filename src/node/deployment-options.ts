import { SERVE_OPTIONS, type ServeSettings } from '../config/options.ts';
import { type ClusterSettings, clusterSettingsOf } from './cluster-settings.ts';

const { store, nats, redis, deployment, insecureStores } = SERVE_OPTIONS;
const { natsCreds, natsCa, natsCert, natsKey, redisCredentials, redisCa, redisCert, redisKey } =
  SERVE_OPTIONS;

/** Of `attune serve`: what names the streams of a deployment, and by whom they are reached. */
export const STREAM_OPTIONS = {
  ...{ store, nats, natsCreds, natsCa, natsCert, natsKey, deployment, insecureStores },
} as const;

/** With its Redis. */
export const DEPLOYMENT_OPTIONS = {
  ...STREAM_OPTIONS,
  ...{ redis, redisCredentials, redisCa, redisCert, redisKey },
} as const;

/** What a command needs that makes nothing: the deployment itself says the rest. Throws PortError as `clusterSettingsOf`. */
export function settingsToRead(
  settings: Pick<ServeSettings, keyof typeof STREAM_OPTIONS> &
    Partial<Pick<ServeSettings, keyof typeof DEPLOYMENT_OPTIONS>>,
): ClusterSettings {
  return clusterSettingsOf({ ...NO_REDIS, ...NOTHING_MADE, ...settings });
}

/** What a command needs that makes a deployment; its shards are said elsewhere. Throws PortError as `clusterSettingsOf`. */
export function settingsToMake(
  settings: Pick<
    ServeSettings,
    keyof typeof STREAM_OPTIONS | 'natsReplicas' | 'natsAccept' | 'shardLogBytes'
  >,
): ClusterSettings {
  return clusterSettingsOf({ ...NO_REDIS, ...NOTHING_MADE, ...settings });
}

const NOTHING_MADE = {
  ...{ dir: '', shards: 0, acceptLoss: false, redisAccept: '', natsAccept: '', natsReplicas: 1 },
  shardLogBytes: 0,
} as const;
const NO_REDIS = {
  ...{ redis: redis.default, redisCredentials: '', redisCa: '', redisCert: '', redisKey: '' },
} as const;
