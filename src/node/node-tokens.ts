import type { SecretKeys } from '../port/secret-keys.ts';

const WORD = 'attune nodes 1';

/** The tokens that admit a node to the others, one a secret key: a node shows the first, and knows all, so that keys can be changed node by node. */
export function nodeTokens(keys: SecretKeys): readonly [string, ...string[]] {
  return keys.signAll('nodes', WORD).map(tokenOf) as [string, ...string[]];
}

/** What a node shows to the others. */
export function nodeToken(keys: SecretKeys): string {
  return tokenOf(keys.sign('nodes', WORD));
}

function tokenOf(mac: Uint8Array): string {
  return Buffer.from(mac).toString('base64url');
}
