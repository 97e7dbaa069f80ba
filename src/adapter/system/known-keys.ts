import { HmacKeys } from './hmac-keys.ts';

/** Keys that everybody can read here: for scenarios, simulations and tests, whose runs must repeat. They protect nothing. */
export const KNOWN_KEYS = new HmacKeys([Uint8Array.from({ length: 32 }, (_, at) => at)]);
