/** What a key signs. Each purpose has a key of its own, derived from the same secret, so that what one signed means nothing to another. */
export type SecretPurpose = 'tracking' | 'erasure' | 'nodes';

/** The deployment's secret keys: the first signs, all verify. Holds no way to read a key. */
export interface SecretKeys {
  /** HMAC-SHA-256 of `text` (UTF-8) under the first key: 32 bytes. */
  sign(purpose: SecretPurpose, text: string): Uint8Array;
  /** The same under every key, the first one first: to look up what an older key has signed. */
  signAll(purpose: SecretPurpose, text: string): readonly Uint8Array[];
  /** Whether one of the keys made `mac` of `text`: its first 12 to 32 bytes. Takes as long for a wrong one as for a right one. */
  verify(purpose: SecretPurpose, text: string, mac: Uint8Array): boolean;
}
