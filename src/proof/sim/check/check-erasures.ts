/**
 * Who is forgotten under one key is forgotten under all, when the receipt is given; then nothing of them is left: no snapshot, no open dispatch,
 * no fact in the archive, no channel that was not told; and nothing that was decided for them before is handed over.
 */
import type { LawBook } from '../../../audit/laws/law-book.ts';
import { decodeRecord } from '../../../codec/stored/record-codec.ts';
import { decodeShardState } from '../../../codec/stored/shard-state-codec.ts';
import { parseDispatchId } from '../../../core/decide/decision-id.ts';
import { addresseeOfKey, holdsKey, keyOf } from '../../../core/identity/customer.ts';
import { placeOfSeq } from '../../../core/identity/home-seq.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import type { ForgottenAck, Journal, Landed } from '../journal.ts';
import { nearStores } from '../remote-stores.ts';
import type { WorldRun } from '../world.ts';
import { inLandingOrder } from './landing-order.ts';

/** Channels that a world has systems of. */
const SERVED: readonly string[] = ['email', 'push', 'ads'];

/** A person who was forgotten: all actors that led to them then, and those that are still to be. */
interface Person {
  readonly own: string;
  readonly step: number;
  readonly all: ReadonlySet<string>;
  readonly left: Set<string>;
}

/** Where the last erasure of a customer stands. */
interface Erased {
  readonly shard: number;
  readonly sequence: number;
  readonly step: number;
  /** Somebody has come by the key since. */
  isKnownAgain: boolean;
}

export async function checkErasures(run: WorldRun, book: LawBook): Promise<void> {
  const { journal } = run;
  const erased = readErasures(journal, book);
  for (const { receipt, actors, untold } of run.erasures.pending) {
    // A crash lost which channels knew them, so each is asked, for a month also one that no system serves. What files have is looked at below.
    const isOnlyAsking = untold.length > 0 && !untold.some(({ channel }) => SERVED.includes(channel));
    if (!isOnlyAsking || actors.some(({ seq }) => seq === 0))
      book.broken('erasure', `of erasure ${receipt} something is left to do in the end`);
  }
  checkHandedOver(journal, erased, book);
  checkRows(run, erased, book);
  await checkArchive(run, erased, book);
}

function readErasures(journal: Journal, book: LawBook): Map<string, Erased> {
  const erased = new Map<string, Erased>();
  const leadsTo = new Map<string, string>();
  const people: Person[] = [];
  const acks = journal.forgotten.toSorted((a, b) => a.step - b.step);
  const settle = (until: number): void => {
    for (let ack = acks[0]; ack !== undefined && ack.step < until; ack = acks[0]) {
      checkReceipt(ack, people, book);
      acks.shift();
    }
  };
  for (const { facts, shard, sequence, step } of inLandingOrder(journal)) {
    settle(step);
    for (const fact of facts) {
      if (!('customer' in fact)) continue;
      const { customer } = fact;
      if (fact.kind === 'erased') {
        if (!leadsTo.has(customer)) {
          const all = new Set([
            customer,
            ...[...leadsTo.keys()].filter((id) => endOf(id, leadsTo) === customer),
          ]);
          people.push({ own: customer, step, all, left: new Set(all) });
        }
        for (const person of people) person.left.delete(customer);
        leadsTo.delete(customer);
        erased.set(customer, { shard, sequence, step, isKnownAgain: false });
        continue;
      }
      if (fact.kind === 'absorb-out' || fact.kind === 'redirected')
        leadsTo.set(customer, addresseeOfKey(fact.to).id);
      if (fact.kind === 'restored') {
        leadsTo.delete(customer);
        // Keys of theirs that still lead to the other one are sent there by the first word that they get.
        for (const id of keysOf(fact.state as Profile))
          if (id !== customer && endOf(id, leadsTo) === fact.from) leadsTo.set(id, customer);
      }
      const before = erased.get(customer);
      if (before !== undefined) before.isKnownAgain = true;
    }
  }
  settle(Number.POSITIVE_INFINITY);
  for (const { own, left } of people)
    if (left.size > 0) book.broken('erasure', `${own} was forgotten, and ${[...left].join(' ')} never`);
  return erased;
}

/** Actors of the keys that a customer holds. */
function keysOf(profile: Profile): string[] {
  return profile.identifiers
    .filter((one) => holdsKey(profile, one))
    .map((one) => addresseeOfKey(keyOf(one)).id);
}

function checkReceipt(
  { customer, receipt, step }: ForgottenAck,
  people: readonly Person[],
  book: LawBook,
): void {
  for (const { own, all, left, step: began } of people)
    if (began <= step && all.has(customer) && left.size > 0)
      book.broken(
        'erasure',
        `${receipt} was given for ${own} while ${[...left].join(' ')}, which led to them, was not forgotten`,
      );
}

function endOf(customer: string, leadsTo: ReadonlyMap<string, string>): string {
  let at = customer;
  for (let steps = 0; steps <= leadsTo.size; steps++) {
    const next = leadsTo.get(at);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

function checkHandedOver(journal: Journal, erased: ReadonlyMap<string, Erased>, book: LawBook): void {
  for (const { dispatchId, step } of [...journal.pushes, ...journal.levels]) {
    const place = parseDispatchId(dispatchId);
    const record: Landed | undefined = place && journal.landed[place.shard]?.[place.seq - 1];
    const fact = record?.facts[place?.index ?? 0];
    const end = fact !== undefined && 'customer' in fact ? erased.get(fact.customer) : undefined;
    if (end !== undefined && end.sequence >= (place?.seq ?? 0) && end.step < step)
      book.broken('erasure', `${dispatchId} was handed over after its customer was forgotten`);
  }
}

function checkRows(
  { storage: { snapshots } }: WorldRun,
  erased: ReadonlyMap<string, Erased>,
  book: LawBook,
): void {
  for (const [shard, { rows, checkpoint }] of snapshots) {
    for (const id of rows.keys())
      if (erased.get(id)?.isKnownAgain === false)
        book.broken('erasure', `there is a snapshot of ${id}, who was forgotten`);
    if (checkpoint === undefined) continue;
    for (const { customer, ref } of decodeShardState(checkpoint.state).outbox) {
      const end = erased.get(customer);
      const home = placeOfSeq(shard, ref.seq);
      if (end !== undefined && home.shard === end.shard && home.seq <= end.sequence)
        book.broken(
          'erasure',
          `dispatch ${home.shard}/${home.seq} of ${customer} is open, who was forgotten`,
        );
    }
  }
}

async function checkArchive(
  { storage }: WorldRun,
  erased: ReadonlyMap<string, Erased>,
  book: LawBook,
): Promise<void> {
  const { archive } = nearStores(storage);
  for (const shard of new Set([...erased.values()].map((one) => one.shard)))
    for (const { first, last } of await archive.segments(shard))
      for (const { sequence, bytes } of await archive.read(shard, first, last - first + 1))
        for (const fact of decodeRecord(bytes).facts) {
          const end = 'customer' in fact ? erased.get(fact.customer) : undefined;
          if (end !== undefined && sequence <= end.sequence)
            book.broken(
              'erasure',
              `the archive has a ${fact.kind} in ${shard}/${sequence} of somebody who was forgotten in ${end.sequence}`,
            );
        }
}
