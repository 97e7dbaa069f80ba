import { decodeRecord } from '../../codec/stored/record-codec.ts';
import type { Fact } from '../../core/fact/fact.ts';
import { openDirectory, recordsOf } from '../../node/open-directory.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { median } from './summary.ts';

/** Stored code of a consideration's timer, and what its key counts in. */
const CONSIDER = 2;
const MINUTE_MS = 60_000;
const PAGE = 1_000;

/** What a log says of one slot. */
export interface Considered {
  /** Customers who were to be considered for it. */
  readonly due: number;
  /** Customers for whom there was a decision. */
  readonly asked: number;
  /** Decisions beyond the first of a customer. */
  readonly doubled: number;
  /** The latest, in seconds behind the beginning of the slot. */
  readonly lastSeconds: number;
  /** Of the log, with timers and the record's head. */
  readonly bytesMean: number;
}

/** Reads the whole log of a directory that no service holds. `wall`: the slot, by the customers' clock, ms since 1970-01-01T00:00. */
export async function considered(directory: string, wall: number, startsAt: number): Promise<Considered> {
  const cause = `consider ${new Date(wall).toISOString().slice(0, 16).replace('T', ' ')}`;
  const slot = (wall / MINUTE_MS).toString(36);
  const due = new Set<string>();
  const asked = new Set<string>();
  let doubled = 0;
  let lastAt = startsAt;
  let bytes = 0;
  let weighed = 0;
  const data = await openDirectory(directory, quietObserver);
  try {
    for (let shard = 0; shard < data.shards; shard++)
      for await (const record of recordsOf(data.stores, shard)) {
        const { facts } = decodeRecord(record.bytes, { columns: false });
        let decisions = 0;
        for (const fact of facts) {
          if (fact.kind === 'timer' && fact.timer === CONSIDER && fact.key.split('-')[0] === slot) {
            if (fact.op === 'set') due.add(fact.customer);
            else due.delete(fact.customer);
          }
          if (fact.kind !== 'decision' || fact.cause !== cause) continue;
          decisions++;
          if (asked.has(fact.customer)) doubled++;
          asked.add(fact.customer);
          lastAt = Math.max(lastAt, fact.at);
        }
        // Requests share records with considerations: only those of considerations alone say what one takes.
        if (decisions === 0 || !facts.every((fact) => isOfConsideration(fact))) continue;
        bytes += record.bytes.length;
        weighed += decisions;
      }
  } finally {
    await data.stores.close();
  }
  return {
    due: due.size,
    asked: asked.size,
    doubled,
    lastSeconds: (lastAt - startsAt) / 1_000,
    bytesMean: bytes / weighed,
  };
}

function isOfConsideration(fact: Fact): boolean {
  if (fact.kind === 'decision') return fact.cause.startsWith('consider ');
  return fact.kind === 'timer' || fact.kind === 'timer-fired';
}

/** What the stored profile of the customer in the middle takes, of a directory that no service holds. */
export async function profileBytes(directory: string): Promise<number> {
  const sizes: number[] = [];
  const data = await openDirectory(directory, quietObserver);
  try {
    for (let shard = 0; shard < data.shards; shard++)
      for (let after = ''; ; ) {
        const page = await data.stores.snapshots.scan(shard, after, PAGE);
        for (const { bytes } of page) sizes.push(bytes.length);
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.id;
      }
  } finally {
    await data.stores.close();
  }
  return median(sizes);
}
