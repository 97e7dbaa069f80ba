/** The file of secret keys as text: one key a line, in base64 or base64url, `#` begins a comment. No fault shows a key. */
import { randomBytes } from 'node:crypto';
import { LIMITS } from '../config/limits.ts';

/** 256 bits, as much as the hash has. */
const KEY_BYTES_MIN = 32;
const KEY_BYTES_MAX = 64;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

const HEAD = `# Secret keys of Attune: one a line, ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX} random bytes in base64. The first signs, all verify. See docs/backup.md.`;

/** A new file with one random key. */
export function newKeysText(): string {
  return `${HEAD}\n${randomBytes(KEY_BYTES_MIN).toString('base64url')}\n`;
}

/** The keys in their order, or one sentence for each fault, which names line and rule, not what stands there. */
export function parseKeys(
  text: string,
): { readonly keys: readonly Uint8Array[] } | { readonly faults: readonly string[] } {
  const keys: Buffer[] = [];
  const faults: string[] = [];
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const key = Buffer.from(line, 'base64');
    const fault = faultOf(line, key, keys);
    if (fault === undefined) keys.push(key);
    else faults.push(`line ${at + 1}: ${fault}`);
  }
  if (keys.length === 0 && faults.length === 0)
    faults.push(`there is no key: one a line, for example of "openssl rand -base64 ${KEY_BYTES_MIN}"`);
  if (keys.length > LIMITS.secretKeysMax)
    faults.push(`there are ${keys.length} keys, and at most ${LIMITS.secretKeysMax} may be there`);
  return faults.length > 0 ? { faults } : { keys };
}

function faultOf(line: string, key: Buffer, before: readonly Buffer[]): string | undefined {
  if (!BASE64.test(line))
    return 'a key must be in base64 or base64url, and nothing else may stand in its line';
  if (key.length < KEY_BYTES_MIN || key.length > KEY_BYTES_MAX)
    return `a key must be of ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX} bytes, and this one is of ${key.length}`;
  // What somebody has typed to try it out.
  if (new Set(key).size < 8) return 'a key must be random, and this one repeats a few bytes';
  return before.some((other) => other.equals(key)) ? 'the same key stands above' : undefined;
}
