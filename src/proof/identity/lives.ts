/** Random lives over many keys: what one to three people do, as browsers, addresses and accounts of theirs show it, and what a desk does with them. */
import type { Rng } from '../../base/rng.ts';

export interface LifeKey {
  readonly kind: 'crm' | 'email_sha256' | 'anonymous';
  readonly value: string;
}

/** What a customer does; an event, or a request for a decision. */
export type OwnDeed =
  | { readonly kind: 'view'; readonly product: string }
  | { readonly kind: 'order'; readonly orderId: string; readonly revenue: number }
  | { readonly kind: 'consent'; readonly channel: 'email' | 'push'; readonly isGranted: boolean }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'decide' };

/** A browser follows the link in the message that moment `mail` sent; where it sent none it is a view like any other. */
interface LandingDeed {
  readonly kind: 'land';
  readonly product: string;
  readonly mail: string;
}

/** What a desk does; `draw`: which of a customer's links it undoes, by its remainder. */
export type DeskDeed =
  | { readonly kind: 'link' }
  | { readonly kind: 'unlink'; readonly draw: number }
  | { readonly kind: 'erase' };

export type Deed = OwnDeed | DeskDeed | LandingDeed;

/** Something that is done, named by one to three keys. */
export interface Moment<D extends Deed = Deed> {
  readonly id: string;
  readonly keys: readonly LifeKey[];
  readonly deed: D;
  /** Distinct within a life, ms before the life's end. */
  readonly ago: number;
}

const MOMENTS_MAX = 14;
/** Of lives: in which a desk links and undoes links, and in which it erases. */
const LINKING = 0.5;
const ERASING = 0.25;
/** Of lives with a browser: in which links in messages are followed. */
const LANDING = 0.4;

/** A life with its own keys; a tenth of them share a device between two accounts. */
export function drawLife(rng: Rng, name: string): readonly Moment[] {
  const accounts = 1 + rng.intBelow(2);
  const keys: LifeKey[] = [];
  for (let n = 0; n < accounts; n++) keys.push({ kind: 'crm', value: `${name}-c${n}` });
  for (let n = rng.intBelow(3); n > 0; n--) keys.push({ kind: 'email_sha256', value: `${name}-e${n}` });
  for (let n = 1 + rng.intBelow(4); n > 0; n--) keys.push({ kind: 'anonymous', value: `${name}-a${n}` });
  const count = 3 + rng.intBelow(MOMENTS_MAX - 2);
  const deeds: Pick<Moment, 'keys' | 'deed'>[] = Array.from({ length: count }, () => ({
    keys: drawKeys(rng, keys),
    deed: drawDeed(rng, name),
  }));
  const put = (deed: DeskDeed, named: readonly LifeKey[], from: number): void =>
    void deeds.splice(from + rng.intBelow(deeds.length - from + 1), 0, { keys: named, deed });
  const anyOf = (): LifeKey => keys[rng.intBelow(keys.length)] as LifeKey;
  if (rng.float() < LINKING) {
    for (let n = 1 + rng.intBelow(2); n > 0; n--) put({ kind: 'link' }, drawSeveral(rng, keys), 1);
    for (let n = 1 + rng.intBelow(3); n > 0; n--)
      put({ kind: 'unlink', draw: rng.uint32() }, [anyOf()], Math.ceil(deeds.length / 2));
  }
  if (rng.float() < ERASING) put({ kind: 'erase' }, [anyOf()], 2);
  const browsers = keys.filter(({ kind }) => kind === 'anonymous');
  const isLanding = rng.float() < LANDING;
  return deeds.map((one, n) => {
    const moment = { id: `${name}-m${n}`, ago: (deeds.length - n) * 60_000 };
    const mails = deeds.flatMap(({ deed }, mail) => (mail < n && deed.kind === 'decide' ? [mail] : []));
    if (!isLanding || mails.length === 0 || one.deed.kind !== 'view') return { ...one, ...moment };
    const { product } = one.deed;
    const mail = `${name}-m${mails[rng.intBelow(mails.length)]}`;
    const browser = browsers[rng.intBelow(browsers.length)] as LifeKey;
    return { ...moment, keys: [browser], deed: { kind: 'land', product, mail } };
  });
}

function drawKeys(rng: Rng, keys: readonly LifeKey[]): readonly LifeKey[] {
  const wanted = rng.float() < 0.55 ? 1 : rng.float() < 0.8 ? 2 : 3;
  return drawn(rng, keys, wanted);
}

/** Two or three, where the life has so many. */
function drawSeveral(rng: Rng, keys: readonly LifeKey[]): readonly LifeKey[] {
  const some = drawn(rng, keys, 2 + rng.intBelow(2));
  return some.length > 1 ? some : keys.slice(0, 2);
}

function drawn(rng: Rng, keys: readonly LifeKey[], wanted: number): readonly LifeKey[] {
  const found: LifeKey[] = [];
  for (let tries = 0; tries < 8 && found.length < wanted; tries++) {
    const key = keys[rng.intBelow(keys.length)] as LifeKey;
    const isSecondAccount = key.kind === 'crm' && found.some(({ kind }) => kind === 'crm');
    if (!found.includes(key) && !(isSecondAccount && rng.float() < 0.9)) found.push(key);
  }
  return found;
}

function drawDeed(rng: Rng, name: string): OwnDeed {
  const chance = rng.float();
  if (chance < 0.3) return { kind: 'view', product: `p${rng.intBelow(8)}` };
  if (chance < 0.45)
    return { kind: 'order', orderId: `${name}-o${rng.intBelow(5)}`, revenue: 10 + rng.intBelow(4) };
  if (chance < 0.65)
    return { kind: 'consent', channel: rng.float() < 0.5 ? 'email' : 'push', isGranted: rng.float() < 0.7 };
  return chance < 0.75 ? { kind: 'sign-in' } : { kind: 'decide' };
}

/** The same moments in another order of arrival: each desk's undoing and erasing stays between what came before and after it. */
export function shuffled(rng: Rng, moments: readonly Moment[]): readonly Moment[] {
  const all: Moment[] = [];
  let some: Moment[] = [];
  const close = (): void => {
    for (let i = some.length - 1; i > 0; i--) {
      const j = rng.intBelow(i + 1);
      [some[i], some[j]] = [some[j] as Moment, some[i] as Moment];
    }
    all.push(...some);
    some = [];
  };
  for (const moment of moments) {
    if (moment.deed.kind !== 'unlink' && moment.deed.kind !== 'erase') some.push(moment);
    else {
      close();
      all.push(moment);
    }
  }
  close();
  return all;
}
