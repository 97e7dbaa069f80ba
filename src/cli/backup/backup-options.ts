import { MINUTE_MS } from '../../base/clock.ts';
import { CLIENT_OPTIONS, SERVE_OPTIONS } from '../../config/options.ts';
import { STREAM_OPTIONS } from '../../node/deployment-options.ts';

/** As every caller's, but that the images of a large service take minutes. */
export const BACKUP_OPTIONS = {
  ...CLIENT_OPTIONS,
  timeout: {
    ...CLIENT_OPTIONS.timeout,
    default: 10 * MINUTE_MS,
    help: 'How long one call may take, with its retries.',
  },
};

/** Of a deployment on NATS. */
export const DEPLOYMENT_BACKUP_OPTIONS = {
  ...STREAM_OPTIONS,
  secretKeys: {
    ...SERVE_OPTIONS.secretKeys,
    help: 'For --store cluster: the file of secret keys that its nodes have: it becomes KEYS of the backup. Without it the backup has no keys: keep the file as carefully.',
  },
} as const;

/** Of a deployment on NATS that is made. */
export const DEPLOYMENT_RESTORE_OPTIONS = {
  ...STREAM_OPTIONS,
  natsReplicas: SERVE_OPTIONS.natsReplicas,
  natsAccept: SERVE_OPTIONS.natsAccept,
  shardLogBytes: SERVE_OPTIONS.shardLogBytes,
} as const;
