import { MINUTE_MS } from '../../base/clock.ts';
import { CLIENT_OPTIONS } from '../../config/options.ts';

/** As every caller's, but that the images of a large service take minutes. */
export const BACKUP_OPTIONS = {
  ...CLIENT_OPTIONS,
  timeout: { ...CLIENT_OPTIONS.timeout, default: 10 * MINUTE_MS },
};
