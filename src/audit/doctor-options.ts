import { SERVE_OPTIONS } from '../config/options.ts';

const { store, dir, nats, redis, deployment, natsReplicas, insecureStores } = SERVE_OPTIONS;
const { natsCreds, natsCa, natsCert, natsKey, redisCredentials, redisCa, redisCert, redisKey } =
  SERVE_OPTIONS;

/** Of `attune serve`: what says where the data are, and by whom they are reached. */
export const DOCTOR_OPTIONS = {
  ...{ store, dir, nats, natsCreds, natsCa, natsCert, natsKey },
  ...{ redis, redisCredentials, redisCa, redisCert, redisKey, deployment, natsReplicas, insecureStores },
} as const;
