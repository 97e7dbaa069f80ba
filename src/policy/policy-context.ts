import { createHash } from 'node:crypto';
import type { PolicyContext } from './parse-policy.ts';

/** What parsing a policy needs of this machine: its hash function and its time zone database. */
export const policyContext: PolicyContext = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  zoneExists: (zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  },
};
