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
  const letGo = new Set<string>();
  const next = shards.map(() => 0);
  const faults: string[] = [];
  const readRecord = ({ shard, sequence, facts }: CountedRecord): void => {
    for (const [index, fact] of facts.entries()) {
      if (fact === undefined || !('customer' in fact)) continue;
      if (fact.kind === 'absorb-out') letGo.add(`${fact.customer} ${addresseeOfKey(fact.to).id}`);
      read({ shard, sequence, index }, fact);
    }
  };
  const waitsFor = (record: CountedRecord): string | undefined => {
    for (const fact of record.facts) {
      if (fact?.kind !== 'absorb-in' || fact.state === undefined) continue;
      const name = `${fact.state.id} ${fact.customer}`;
      const isHere = record.facts.some(
        (one) => one?.kind === 'absorb-out' && one.customer === fact.state?.id,
      );
      if (!letGo.has(name) && !isHere) return name;
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

/** Who each customer of these records became in the end: the same name for all who are one person. */
export function personsOf(shards: readonly (readonly CountedRecord[])[]): (customer: string) => string {
  const movedTo = new Map<string, string>();
  for (const records of shards)
    for (const { facts } of records)
      for (const fact of facts)
        if (fact?.kind === 'absorb-out') movedTo.set(fact.customer, addresseeOfKey(fact.to).id);
        else if (fact?.kind === 'redirected') movedTo.set(fact.customer, addresseeOfKey(fact.to).id);
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
