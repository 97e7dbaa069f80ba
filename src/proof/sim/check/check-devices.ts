/**
 * A device reaches whoever was seen with it last: a push names no token of which its customer has let go, or that has moved to somebody else. Each is
 * held against the records that had landed when the one did that allows it: its decision's, or that of its later attempt.
 */
import { everOne } from '../../../audit/laws/causal-order.ts';
import type { LawBook } from '../../../audit/laws/law-book.ts';
import { parseDispatchId } from '../../../core/decide/decision-id.ts';
import type { CustomerFact } from '../../../core/fact/fact.ts';
import { placeOfSeq } from '../../../core/identity/home-seq.ts';
import type { Journal } from '../journal.ts';
import { inLandingOrder } from './landing-order.ts';

/** What was known of devices once a record had landed. */
interface Change {
  /** The how-manieth record it is. */
  readonly at: number;
  readonly fact: CustomerFact;
}

export function checkDevices(journal: Journal, book: LawBook): void {
  const everOneOf = everOne(journal.landed.map((records) => records.filter(({ counts }) => counts)));
  /** When the records landed that allow a push, by shard, record and attempt. */
  const allowed = new Map<string, number>();
  const changes: Change[] = [];
  for (const [at, { shard, sequence, facts }] of inLandingOrder(journal).entries()) {
    allowed.set(`${shard}/${sequence}`, at);
    for (const fact of facts) {
      if (!('customer' in fact)) continue;
      if (fact.kind === 'handed') {
        const { seq, index, choice } = fact.ref;
        const home = placeOfSeq(shard, seq);
        allowed.set(`${home.shard}/${home.seq}/${index}/${choice} ${fact.attempt}`, at);
      }
      if (isOfDevices(fact)) changes.push({ at, fact });
    }
  }
  for (const { dispatchId, attempt, customer, devices, node } of journal.pushes) {
    const place = parseDispatchId(dispatchId);
    if (place === undefined || devices.length === 0) continue;
    const record = `${place.shard}/${place.seq}`;
    const at = allowed.get(`${record}/${place.index}/${place.choice} ${attempt}`) ?? allowed.get(record) ?? 0;
    const known = changes.filter((change) => change.at <= at);
    for (const device of devices) {
      const what = `attempt ${attempt} of ${dispatchId} to ${customer} at ${node} names ${device}`;
      if (hasLetGo(known, customer, device)) book.broken('device', `${what}, of which they had let go`);
      const owner = known.findLast(({ fact }) => fact.kind === 'device-moved' && fact.key === device)?.fact;
      if (owner?.kind === 'device-moved' && everOneOf(owner.to) !== everOneOf(customer))
        book.broken('device', `${what}, which was ${owner.to}'s by then`);
    }
  }
}

function isOfDevices({ kind }: CustomerFact): boolean {
  return (
    kind === 'device-moved' ||
    kind === 'key-released' ||
    kind === 'absorb-in' ||
    kind === 'unlinked' ||
    kind === 'restored' ||
    kind === 'erased'
  );
}

/** The last that is told of the two is that the customer lets go of it. Whoever takes somebody in, or is parted from somebody, may have got it with them. */
function hasLetGo(known: readonly Change[], customer: string, device: string): boolean {
  const last = known.findLast(({ fact }) => {
    if (fact.customer !== customer) return false;
    if (fact.kind === 'key-released') return fact.released === device;
    if (fact.kind === 'absorb-in') return fact.claimed === device || fact.state !== undefined;
    return fact.kind !== 'device-moved';
  });
  return last?.fact.kind === 'key-released';
}
