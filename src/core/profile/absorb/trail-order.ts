/**
 * Records of a trail, and the order in which they happened. A trail is put together of those of customers who were united, whose shards count
 * each for themselves, and clocks may differ: what orders records of different shards is what the facts say of each other.
 *
 * O1  Records of one shard are in its order.
 * O2  Whoever is taken in has done before what was known of them then, and does afterwards what was not.
 * O3  Whoever was parted by an Unlink does nothing of their own, and is taken in by nobody, before that Unlink.
 */
import type { CustomerFact, LinkRef } from '../../fact/fact.ts';
import { addresseeOfKey } from '../../identity/customer.ts';
import { placeOfSeq } from '../../identity/home-seq.ts';
import type { Profile } from '../profile.ts';

/** One record of a trail. */
export interface TrailRecord {
  readonly shard: number;
  readonly seq: number;
  /** Of customers only. */
  readonly facts: readonly { readonly index: number; readonly fact: CustomerFact }[];
}

/** The place of a link, the same in the names of every shard. */
export function linkText(shard: number, { seq, index }: LinkRef): string {
  const home = placeOfSeq(shard, seq);
  return `${home.shard}.${home.seq}.${index}`;
}

/** What happened to one customer, in a record. */
interface Step {
  readonly record: number;
  /** Sequence in the customer's own shard: of their own fact, or of the last one that was known when they were taken in. */
  readonly seq: number;
  /** By which link they were taken in; undefined: it is a fact of their own. */
  readonly link?: string;
}

/**
 * The records as they happened. Where nothing orders two of them they stay as they are, as do those of which the facts contradict each other. As
 * many steps as there are facts, and one for each record and record that is left.
 */
export function inOrder(records: readonly TrailRecord[]): readonly TrailRecord[] {
  const after = records.map((): number[] => []);
  const waitsFor = records.map(() => 0);
  const put = (first: number | undefined, then: number): void => {
    if (first === undefined || first === then) return;
    after[first]?.push(then);
    waitsFor[then] = (waitsFor[then] ?? 0) + 1;
  };
  const before = records.map((): number | undefined => undefined);
  for (const shard of byShard(records))
    for (let i = 1; i < shard.length; i++) {
      put(shard[i - 1], shard[i] as number);
      before[shard[i] as number] = shard[i - 1];
    }
  const { steps, undone } = read(records);
  for (const [customer, ofOne] of steps) {
    let last: Step | undefined;
    for (const step of ofOne.sort(byTime)) {
      put(last?.record, step.record);
      if (last?.link !== undefined) put(undone.get(`${last.link} ${customer}`), step.record);
      last = step;
    }
  }
  const left = new Set(records.keys());
  const ordered: TrailRecord[] = [];
  while (left.size > 0) {
    let next: number | undefined;
    for (const record of left) {
      // O1 holds where the facts contradict each other, too.
      if (!left.has(before[record] as number)) next ??= record;
      if (waitsFor[record] !== 0) continue;
      next = record;
      break;
    }
    left.delete(next as number);
    ordered.push(records[next as number] as TrailRecord);
    for (const then of after[next as number] ?? []) waitsFor[then] = (waitsFor[then] ?? 0) - 1;
  }
  return ordered;
}

/** O1: places of the records of each shard, in its order. */
function byShard(records: readonly TrailRecord[]): Iterable<readonly number[]> {
  const shards = new Map<number, number[]>();
  for (const [place, { shard }] of records.entries()) {
    const known = shards.get(shard);
    if (known === undefined) shards.set(shard, [place]);
    else known.push(place);
  }
  for (const places of shards.values())
    places.sort((a, b) => (records[a] as TrailRecord).seq - (records[b] as TrailRecord).seq);
  return shards.values();
}

/** What happened to each customer, and in which record each link and customer were parted. */
function read(records: readonly TrailRecord[]): {
  readonly steps: ReadonlyMap<string, Step[]>;
  readonly undone: ReadonlyMap<string, number>;
} {
  const steps = new Map<string, Step[]>();
  const undone = new Map<string, number>();
  const given = new Map<string, Step[]>();
  const add = (customer: string, step: Step): void => {
    const known = steps.get(customer);
    if (known === undefined) steps.set(customer, [step]);
    else known.push(step);
  };
  for (const [record, { shard, seq, facts }] of records.entries())
    for (const { fact } of facts) {
      if (OWN.has(fact.kind)) add(fact.customer, { record, seq });
      if (fact.kind === 'absorb-in' && fact.end === 'united' && fact.link !== undefined) {
        const state = fact.state as Profile | undefined;
        const link = linkText(shard, fact.link);
        if (state !== undefined) add(state.id, { record, seq: state.seq, link });
        else {
          const { id } = addresseeOfKey(fact.claimed);
          given.set(id, [...(given.get(id) ?? []), { record, seq: 0, link }]);
        }
      }
      if (fact.kind === 'unlinked')
        for (const { key } of fact.parted)
          undone.set(`${linkText(shard, fact.link)} ${addresseeOfKey(key).id}`, record);
    }
  // A key that was nobody's is somebody when it comes back. One that was so several times has moved in between, and tells no order.
  for (const [id, ofOne] of given) if (ofOne.length === 1) add(id, ofOne[0] as Step);
  return { steps, undone };
}

/** What nobody does who was taken in by somebody else. */
const OWN: ReadonlySet<CustomerFact['kind']> = new Set([
  ...(['event', 'decision', 'feedback', 'linked', 'absorb-begin'] as const),
  ...(['absorb-in', 'unlinked', 'restored'] as const),
]);

/** O2 */
function byTime(a: Step, b: Step): number {
  return a.seq - b.seq || Number(a.link !== undefined) - Number(b.link !== undefined) || a.record - b.record;
}
