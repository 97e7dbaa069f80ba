/** What a credentials file of NATS or Redis says. No fault shows what stands in it. */
import type { StoreCredentials } from '../port/store-access.ts';

/** Which servers understand it. */
export type StoreName = 'nats' | 'redis';

const SEED = /^SU[A-Z2-7]{56}$/;
const JWT =
  /-----BEGIN NATS USER JWT-----[^-]+\s*-+END NATS USER JWT-+[\s\S]*-----BEGIN USER NKEY SEED-----\s*SU[A-Z2-7]{56}\s/;
const LINE = /^(user|password):\s*(\S.*)$/;

/** The credentials, or what is wrong with the file as the rest of a sentence that begins with its name. */
export function parseCredentials(
  text: string,
  store: StoreName,
): StoreCredentials | { readonly fault: string } {
  if (store === 'nats' && text.includes('-----BEGIN')) {
    return JWT.test(text)
      ? { kind: 'jwt', text }
      : { fault: 'must hold a "NATS USER JWT" and behind it a "USER NKEY SEED", each between its marks' };
  }
  const lines = text
    .split(/\r?\n/)
    .map((line, at) => ({ at: at + 1, line: line.trim() }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));
  const [only, ...others] = lines;
  if (store === 'nats' && only !== undefined && others.length === 0 && SEED.test(only.line))
    return { kind: 'nkey', seed: only.line };
  const found = new Map<string, string>();
  for (const { at, line } of lines) {
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined)
      return { fault: `line ${at} must be "user: NAME" or "password: SECRET"` };
    if (found.has(name)) return { fault: `line ${at} says "${name}:" a second time` };
    found.set(name, value);
  }
  const [user, password] = [found.get('user'), found.get('password')];
  if (user !== undefined && password !== undefined) return { kind: 'password', user, password };
  const missing = user === undefined ? 'user: NAME' : 'password: SECRET';
  const otherwise =
    store === 'nats' ? ', or be a credentials file of NATS, or the seed of a user ("SU…")' : '';
  return { fault: `must have the line "${missing}"${otherwise}` };
}
