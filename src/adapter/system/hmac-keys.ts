import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { SecretKeys, SecretPurpose } from '../../port/secret-keys.ts';

const PURPOSES: readonly SecretPurpose[] = ['tracking', 'erasure', 'nodes'];
/** 96 bits: nobody meets one by trying. */
const MAC_BYTES_MIN = 12;
const FINGERPRINT_BYTES = 4;

/** HMAC-SHA-256 over keys that HKDF derives, one a purpose. About 2 µs a signature. */
export class HmacKeys implements SecretKeys {
  readonly #keys: Readonly<Record<SecretPurpose, readonly KeyObject[]>>;
  /** Eight hexadecimal digits for each secret, which tell secrets apart and lead back to none. */
  readonly fingerprints: readonly string[];

  /** `secrets`: one or more of at least 32 random bytes. */
  constructor(secrets: readonly Uint8Array[]) {
    const derived = (purpose: string): readonly Buffer[] =>
      secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', `attune ${purpose} 1`, 32)));
    const keys = PURPOSES.map((purpose) => [purpose, derived(purpose).map((key) => createSecretKey(key))]);
    this.#keys = Object.fromEntries(keys);
    this.fingerprints = derived('fingerprint').map((bytes) => bytes.toString('hex', 0, FINGERPRINT_BYTES));
  }

  sign(purpose: SecretPurpose, text: string): Uint8Array {
    return mac(this.#keys[purpose][0] as KeyObject, text);
  }

  signAll(purpose: SecretPurpose, text: string): readonly Uint8Array[] {
    return this.#keys[purpose].map((key) => mac(key, text));
  }

  verify(purpose: SecretPurpose, text: string, given: Uint8Array): boolean {
    if (given.length < MAC_BYTES_MIN || given.length > 32) return false;
    let isRight = false;
    for (const made of this.signAll(purpose, text))
      isRight = timingSafeEqual(made.subarray(0, given.length), given) || isRight;
    return isRight;
  }
}

function mac(key: KeyObject, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest();
}
