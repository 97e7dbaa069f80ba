/** Random lives over many keys: what one to three people do, as browsers, addresses and accounts of theirs show it. */
import type { Rng } from '../../base/rng.ts';

export interface LifeKey {
  readonly kind: 'crm' | 'email_sha256' | 'anonymous';
  readonly value: string;
}

export type Deed =
  | { readonly kind: 'view'; readonly product: string }
  | { readonly kind: 'order'; readonly orderId: string; readonly revenue: number }
  | { readonly kind: 'consent'; readonly channel: 'email' | 'push'; readonly isGranted: boolean }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'decide' };

/** Something that somebody does, named by one to three keys. */
export interface Moment {
  readonly id: string;
  readonly keys: readonly LifeKey[];
  readonly deed: Deed;
  /** Distinct within a life, ms before the life's end. */
  readonly ago: number;
}

const MOMENTS_MAX = 14;

/** A life with its own keys; a tenth of them share a device between two accounts. */
export function drawLife(rng: Rng, name: string): readonly Moment[] {
  const accounts = 1 + rng.intBelow(2);
  const keys: LifeKey[] = [];
  for (let n = 0; n < accounts; n++) keys.push({ kind: 'crm', value: `${name}-c${n}` });
  for (let n = rng.intBelow(3); n > 0; n--) keys.push({ kind: 'email_sha256', value: `${name}-e${n}` });
  for (let n = 1 + rng.intBelow(4); n > 0; n--) keys.push({ kind: 'anonymous', value: `${name}-a${n}` });
  const count = 3 + rng.intBelow(MOMENTS_MAX - 2);
  return Array.from({ length: count }, (_, n) => ({
    id: `${name}-m${n}`,
    keys: drawKeys(rng, keys),
    deed: drawDeed(rng, name),
    ago: (count - n) * 60_000,
  }));
}

function drawKeys(rng: Rng, keys: readonly LifeKey[]): readonly LifeKey[] {
  const wanted = rng.float() < 0.55 ? 1 : rng.float() < 0.8 ? 2 : 3;
  const drawn: LifeKey[] = [];
  for (let tries = 0; tries < 8 && drawn.length < wanted; tries++) {
    const key = keys[rng.intBelow(keys.length)] as LifeKey;
    const isSecondAccount = key.kind === 'crm' && drawn.some(({ kind }) => kind === 'crm');
    if (!drawn.includes(key) && !(isSecondAccount && rng.float() < 0.9)) drawn.push(key);
  }
  return drawn;
}

function drawDeed(rng: Rng, name: string): Deed {
  const chance = rng.float();
  if (chance < 0.35) return { kind: 'view', product: `p${rng.intBelow(8)}` };
  if (chance < 0.55)
    return { kind: 'order', orderId: `${name}-o${rng.intBelow(5)}`, revenue: 10 + rng.intBelow(4) };
  if (chance < 0.75)
    return { kind: 'consent', channel: rng.float() < 0.5 ? 'email' : 'push', isGranted: rng.float() < 0.7 };
  return chance < 0.9 ? { kind: 'sign-in' } : { kind: 'decide' };
}

/** The same moments in another order of arrival. */
export function shuffled<T>(rng: Rng, moments: readonly T[]): readonly T[] {
  const all = [...moments];
  for (let i = all.length - 1; i > 0; i--) {
    const j = rng.intBelow(i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}
