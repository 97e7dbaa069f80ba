/** Undoes a link: reads what the customer went through since, works out who they all are without it, and hands that to their turn. */
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { RecordCursor, readFact } from '../../codec/stored/record-codec.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { BOUNDS } from '../../core/bounds.ts';
import type { CustomerFact, LinkRef } from '../../core/fact/fact.ts';
import { type Addressee, addressedById, addresseeOfKey, hashOfId } from '../../core/identity/customer.ts';
import { placeOfSeq, type SeqPlace } from '../../core/identity/home-seq.ts';
import { partAgain } from '../../core/profile/absorb/part-again.ts';
import { linkText, type TrailRecord } from '../../core/profile/absorb/trail-order.ts';
import type { Link } from '../../core/profile/link.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Customers, Refusal, UnlinkInput, UnlinkOutcome } from '../../port/customers.ts';
import { isOfItsLife } from '../delivery/named-dispatch.ts';
import type { Engine } from '../engine.ts';
import { refusal, type Stale } from '../turn/request.ts';

const NEVER = Number.POSITIVE_INFINITY;
const READ_AT_ONCE = 32;
/** Two who ask for each other at once are one within seconds; within so long where the shard of one is away for a while. */
const RACED_MS = 3_600_000;

const TOO_OLD = refusal(
  'not_found',
  `the link is unknown, or too old: it can be undone for ${BOUNDS.estateMs / 86_400_000} days, while the log or the archive has what happened since, and up to ${BOUNDS.trail} records of the customer`,
);
const KEY_MOVED = refusal(
  'not_found',
  "the link brought somebody who was known by the key of a device alone, and that device is somebody else's by now, or gone: there is no key left by which they could be known",
);
const NOT_AT_REST = refusal(
  'unavailable',
  'the customer changes faster than the link can be undone; retry',
  INTERVALS.retryDelayMs,
);

/** What is looked at of a customer. */
type Seen = Pick<Profile, 'id' | 'version' | 'links' | 'trail' | 'devices'> & { readonly isAtRest: boolean };

/** Reads a customer in their place of the order; undefined: nothing is known of them. */
type ReadCustomer = (id: CustomerId) => Promise<Seen | Refusal | undefined>;

/** For `undoLink`. */
export async function seeLinks(
  customers: Pick<Customers, 'read'>,
  customerId: CustomerId,
): Promise<Seen | Refusal | undefined> {
  const seen = await customers.read(
    { customerId },
    ({ id, version, links, trail, devices, claims, partings }) => ({
      ...{
        id,
        version,
        links,
        trail: [...trail],
        devices,
        isAtRest: claims.length === 0 && partings.length === 0,
      },
    }),
  );
  if (seen.kind === 'read') return seen.value;
  return seen.kind === 'refused' ? seen : undefined;
}

export async function undoLink(
  engine: Engine,
  read: ReadCustomer,
  input: UnlinkInput,
): Promise<UnlinkOutcome> {
  const meant = await whereMeant(engine, input);
  for (let tries = 0; tries < LIMITS.unlinkTriesMax; tries++) {
    const found = await whoHas(engine, read, meant, input);
    if (found === undefined) return TOO_OLD;
    if ('kind' in found) return found;
    const { seen } = found;
    if (!seen.isAtRest) {
      await new Promise<void>((resolve) => engine.runtime.clock.after(LIMITS.heldMs, resolve));
      continue;
    }
    const outcome = await attempt(engine, found, input);
    if (outcome.kind !== 'stale') return outcome;
  }
  return NOT_AT_REST;
}

/** Where a link may be found. */
interface Meant {
  readonly customers: readonly CustomerId[];
  /** Of a Link: who asked for the other keys, and when. */
  readonly asked: { readonly key: IdentifierKey; readonly at: number } | undefined;
}

/** Who may have the link now: whose log it began in, by which key they were met, and whoever came by it: these may have been parted from that one together. */
async function whereMeant(engine: Engine, { link }: UnlinkInput): Promise<Meant> {
  const shard = engine.doors[link.shard];
  if (shard === undefined || !isOfItsLife(shard, link)) return NOWHERE;
  const bytes = await readRecord(engine, link);
  const fact = bytes && readFact(bytes, link.index);
  if (fact?.kind !== 'linked' && fact?.kind !== 'absorb-begin') return NOWHERE;
  const keys = fact.kind === 'linked' ? fact.identifiers : [fact.origin ?? fact.claimed, fact.claimed];
  return {
    customers: [fact.customer, ...keys.map((key) => addresseeOfKey(key).id)],
    asked: fact.kind === 'linked' ? { key: fact.key, at: fact.at } : undefined,
  };
}

const NOWHERE: Meant = { customers: [], asked: undefined };

interface Holder {
  /** Who may have been taken in meanwhile: who answers is who they are now. */
  readonly customer: CustomerId;
  readonly seen: Seen;
  /** Of the link to undo, as the holder's shard names it. */
  readonly name: string;
}

/**
 * The first of them with the link; one who changes at the moment is waited for. Where two Links asked for each other one of them came to nothing, and
 * the other one, by which its asker was taken in, stands for both. Undefined: nobody has it.
 */
async function whoHas(
  engine: Engine,
  read: ReadCustomer,
  { customers, asked }: Meant,
  { link }: UnlinkInput,
): Promise<Holder | Refusal | undefined> {
  const name = linkText(link.shard, link);
  let changing: Holder | undefined;
  let instead: Holder | undefined;
  for (const customer of customers) {
    const seen = await read(customer);
    if (seen === undefined) continue;
    if ('kind' in seen) return seen;
    const shard = hashOfId(seen.id) % engine.shards.length;
    if (seen.links.some((one) => linkText(shard, one) === name)) return { customer, seen, name };
    if (!seen.isAtRest) changing ??= { customer, seen, name };
    // Who was parted again has the rows of the common time too.
    if (asked === undefined || seen.id === addresseeOfKey(asked.key).id) continue;
    const raced = seen.links.find((one) => isOther(one, asked));
    if (raced !== undefined) instead ??= { customer, seen, name: linkText(shard, raced) };
  }
  return changing ?? instead;
}

/** Whether by this link the one who asked for another one was taken in themselves. */
function isOther({ key, at }: Link, asked: NonNullable<Meant['asked']>): boolean {
  return key === asked.key && at >= asked.at && at < asked.at + RACED_MS;
}

async function attempt(
  engine: Engine,
  { customer, seen, name }: Holder,
  input: UnlinkInput,
): Promise<UnlinkOutcome | Stale> {
  const shard = hashOfId(seen.id) % engine.shards.length;
  const meant = seen.links.filter((link) => linkText(shard, link) === name);
  if (meant.length > 0 && meant.every(({ isUndone }) => isUndone)) return undoneBefore(seen.id, meant);
  const now = engine.runtime.clock.now();
  const [first] = meant;
  if (first === undefined || meant.some(({ at }) => at + BOUNDS.estateMs <= now)) return TOO_OLD;
  if (meant.some(({ key }) => seen.devices.some((row) => row.key === key && row.isGone))) return KEY_MOVED;
  const records = await readTrail(engine, shard, seen.trail);
  if (records === undefined) return TOO_OLD;
  const parts = partAgain(records, seen.id, name, (id) => hashOfId(id) % engine.shards.length);
  if (parts === undefined || parts.parted.length < meant.length) return TOO_OLD;
  const { by, reason } = input;
  const link: LinkRef = { seq: first.seq, index: first.index };
  return new Promise((resolve) => {
    const to: Addressee = addressedById(customer);
    engine.doorOf(to.hash).submit({
      ...{ kind: 'unlink', to, priority: 'critical', bytes: 0, deadlineAt: NEVER, done: resolve },
      undone: { ...parts, version: seen.version, link, by, reason },
    });
  });
}

/** The same call again is answered the same. */
function undoneBefore(id: CustomerId, links: readonly Link[]): UnlinkOutcome {
  return { kind: 'unlinked', customers: [id, ...links.map(({ key }) => addresseeOfKey(key).id)] };
}

/** Undefined when a record is no longer kept. */
async function readTrail(
  engine: Engine,
  shard: number,
  trail: readonly number[],
): Promise<TrailRecord[] | undefined> {
  const records: TrailRecord[] = [];
  for (let from = 0; from < trail.length; from += READ_AT_ONCE) {
    const places = trail.slice(from, from + READ_AT_ONCE).map((seq) => placeOfSeq(shard, seq));
    const read = await Promise.all(places.map((place) => readRecord(engine, place)));
    for (const [i, bytes] of read.entries()) {
      if (bytes === undefined) return undefined;
      records.push({ ...(places[i] as SeqPlace), facts: factsOf(bytes) });
    }
  }
  return records;
}

function factsOf(bytes: Uint8Array): TrailRecord['facts'] {
  const facts: { readonly index: number; readonly fact: CustomerFact }[] = [];
  const cursor = new RecordCursor(bytes);
  while (cursor.next()) {
    const fact = cursor.decode({ columns: false });
    if ('customer' in fact) facts.push({ index: cursor.index, fact });
  }
  return facts;
}

async function readRecord(
  { runtime: { log, archive } }: Engine,
  { shard, seq }: SeqPlace,
): Promise<Uint8Array | undefined> {
  return (await log.get(shard, seq)) ?? (await archive.get(shard, seq));
}
