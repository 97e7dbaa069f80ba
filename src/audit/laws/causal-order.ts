/**
 * The facts of several shards in an order in which each comes after what it follows from: within a shard the log's, and what a
 * customer takes in stands behind the record in which it was let go.
 */
import type { CustomerFact, Fact } from '../../core/fact/fact.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import type { FactPlace } from './law-book.ts';

/** A record that counts. */
export interface CountedRecord {
  readonly shard: number;
  readonly sequence: number;
  /** At their index; undefined where nothing is of interest. */
  readonly facts: readonly (Fact | undefined)[];
}

/**
 * `shards`: the records of each, in the log's order. Calls `read` once for every fact of a customer; returns sentences about what was
 * taken in and never let go, whose facts come last.
 */
export function readInOrder(
  shards: readonly (readonly CountedRecord[])[],
  read: (place: FactPlace, fact: CustomerFact) => void,
): string[] {
  /** How often who was let go to whom, and not taken in there yet. */
  const letGo = new Map<string, number>();
  const count = (name: string, by: number): void => void letGo.set(name, (letGo.get(name) ?? 0) + by);
  const next = shards.map(() => 0);
  const faults: string[] = [];
  const readRecord = ({ shard, sequence, facts }: CountedRecord): void => {
    for (const [index, fact] of facts.entries()) {
      if (fact === undefined || !('customer' in fact)) continue;
      if (fact.kind === 'absorb-out') count(`${fact.customer} ${addresseeOfKey(fact.to).id}`, 1);
      if (fact.kind === 'unlinked')
        for (const { key } of fact.parted) count(`${fact.customer} ${addresseeOfKey(key).id}`, 1);
      const awaited = awaitedBy(fact);
      if (awaited !== undefined) count(awaited.name, -1);
      read({ shard, sequence, index }, fact);
    }
  };
  const waitsFor = (record: CountedRecord): string | undefined => {
    for (const fact of record.facts) {
      const awaited = fact === undefined ? undefined : awaitedBy(fact);
      if (awaited === undefined) continue;
      const isHere = record.facts.some((one) => one?.kind === 'absorb-out' && one.customer === awaited.who);
      if ((letGo.get(awaited.name) ?? 0) <= 0 && !isHere) return awaited.name;
    }
    return undefined;
  };
  for (let isForced = false; ; ) {
    let isMoving = false;
    for (const [shard, records] of shards.entries())
      for (;;) {
        const record = records[next[shard] as number];
        if (record === undefined) break;
        const awaited = waitsFor(record);
        if (awaited !== undefined && !isForced) break;
        if (awaited !== undefined)
          faults.push(`shard ${shard} record ${record.sequence}: ${awaited} was taken in and never let go`);
        isForced = false;
        readRecord(record);
        next[shard] = (next[shard] as number) + 1;
        isMoving = true;
      }
    if (isMoving) continue;
    if (shards.every((records, shard) => (next[shard] as number) >= records.length)) return faults;
    isForced = true;
  }
}

/** What has to be read before a fact: that somebody was let go, to whoever takes them in or to themselves again. */
function awaitedBy(fact: Fact): { readonly name: string; readonly who: string } | undefined {
  if (fact.kind === 'absorb-in' && fact.state !== undefined)
    return { name: `${fact.state.id} ${fact.customer}`, who: fact.state.id };
  return fact.kind === 'restored' ? { name: `${fact.from} ${fact.customer}`, who: '' } : undefined;
}

/** Who each customer of these records became in the end: the same name for all who are one person. */
export function personsOf(shards: readonly (readonly CountedRecord[])[]): (customer: string) => string {
  const movedTo = new Map<string, string>();
  for (const records of shards)
    for (const { facts } of records)
      for (const fact of facts)
        if (fact?.kind === 'absorb-out') movedTo.set(fact.customer, addresseeOfKey(fact.to).id);
        else if (fact?.kind === 'redirected') movedTo.set(fact.customer, addresseeOfKey(fact.to).id);
        else if (fact?.kind === 'restored' || fact?.kind === 'erased') movedTo.delete(fact.customer);
  return (customer) => {
    let at = customer;
    // As many steps as there are moves: more are a circle.
    for (let step = 0; step <= movedTo.size; step++) {
      const next = movedTo.get(at);
      if (next === undefined) return at;
      at = next;
    }
    return at;
  };
}

/** The same name for all who were one person at any time, also when they were parted since: a request of any of them is known to all. */
export function everOne(shards: readonly (readonly CountedRecord[])[]): (customer: string) => string {
  const above = new Map<string, string>();
  const rootOf = (customer: string): string => {
    let at = customer;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    return at;
  };
  for (const records of shards)
    for (const { facts } of records)
      for (const fact of facts) {
        if (fact?.kind !== 'absorb-out') continue;
        const [from, to] = [rootOf(fact.customer), rootOf(addresseeOfKey(fact.to).id)];
        if (from !== to) above.set(from, to);
      }
  return rootOf;
}
