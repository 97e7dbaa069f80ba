import { createHash } from 'node:crypto';
import type { PolicyContext } from './parse-policy.ts';

/** What parsing a policy needs of this machine: its hash function, its time zones and its locales. */
export const policyContext: PolicyContext = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  zoneExists: (zone) => knows(() => new Intl.DateTimeFormat('en', { timeZone: zone })),
  localeExists: (locale) => knows(() => Intl.NumberFormat.supportedLocalesOf([locale])[0]),
};

function knows(ask: () => unknown): boolean {
  try {
    return ask() !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
