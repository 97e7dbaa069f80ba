import { SERVE_OPTIONS, type ServeSettings } from '../config/options.ts';
import { type ClusterSettings, clusterSettingsOf } from './cluster-settings.ts';

const { store, nats, redis, deployment, insecureStores } = SERVE_OPTIONS;
const { natsCreds, natsCa, natsCert, natsKey, redisCredentials, redisCa, redisCert, redisKey } =
  SERVE_OPTIONS;

/** Of `attune serve`: what names a deployment on NATS and Redis, and by whom they are reached. */
export const DEPLOYMENT_OPTIONS = {
  ...{ store, nats, natsCreds, natsCa, natsCert, natsKey },
  ...{ redis, redisCredentials, redisCa, redisCert, redisKey, deployment, insecureStores },
} as const;

/** What a command needs that makes nothing: the deployment itself says the rest. Throws PortError as `clusterSettingsOf`. */
export function settingsToRead(
  settings: Pick<ServeSettings, keyof typeof DEPLOYMENT_OPTIONS>,
): ClusterSettings {
  return clusterSettingsOf({
    ...settings,
    ...{ dir: '', shards: 0, acceptLoss: false, redisAccept: '', natsAccept: '' },
    ...{ natsReplicas: 1, shardLogBytes: 0 },
  });
}
