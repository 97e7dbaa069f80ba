import { everOne, personsOf } from '../../../audit/laws/causal-order.ts';
import type { FactPlace, LawBook } from '../../../audit/laws/law-book.ts';
import { RequestLaws } from '../../../audit/laws/request-laws.ts';
import { encodeRecord } from '../../../codec/stored/record-codec.ts';
import { emptyHeader } from '../client.ts';
import type { Ack, Journal } from '../journal.ts';
import { forgottenSteps } from './forgotten-steps.ts';
import { readAsLanded } from './landing-order.ts';

/**
 * Every acknowledged request is in the log exactly once, and what was answered is what the log says, byte for byte. What
 * was acknowledged before a read was asked is in what it shows.
 */
export function checkAcks(journal: Journal, book: LawBook): void {
  const counted = journal.landed.map((records) => records.filter(({ counts }) => counts));
  const laws = new RequestLaws(book, 'customer', personsOf(counted), everOne(counted));
  readAsLanded(journal, (place, fact) => laws.fact(place, fact));
  const forgotten = forgottenSteps(journal);
  const latest = new Map<
    string,
    { readonly step: number; readonly landed: number; readonly sequence: number }[]
  >();
  for (const ack of journal.acks) {
    const place = placeOfFact(ack, laws);
    if (place === undefined) continue;
    if (ack.kind === 'decide') checkBytes(journal, ack, place, book);
    const record = journal.landed[place.shard]?.[place.sequence - 1];
    const fact = record?.facts[place.index];
    // What was acknowledged was forgotten since, and the request came again.
    if (record === undefined || record.step > ack.step) continue;
    const customer = fact !== undefined && 'customer' in fact ? fact.customer : ack.customer;
    const known = latest.get(customer) ?? [];
    known.push({ step: ack.step, landed: record.step, sequence: place.sequence });
    latest.set(customer, known);
  }
  // Whoever was forgotten since is nobody, or somebody new; whom another one took in is found as them.
  const wasForgotten = (read: Journal['reads'][number], since: number): boolean =>
    read.seq === 0 &&
    (forgotten.get(read.customer) ?? []).some((step) => step <= read.until && step >= since);
  checkReadOrder(journal, wasForgotten, book);
  for (const read of journal.reads) {
    for (const { step, landed, sequence } of latest.get(read.customer) ?? []) {
      if (wasForgotten(read, landed)) continue;
      if (step < read.step && sequence > read.seq)
        book.broken(
          'stale read',
          `${read.node} showed ${read.customer} at ${read.seq}, after ${sequence} had been acknowledged`,
        );
    }
  }
}

/** A read that was asked when another one had been answered shows nothing older, whichever nodes they were asked of. */
function checkReadOrder(
  { reads }: Journal,
  wasForgotten: (read: Journal['reads'][number], since: number) => boolean,
  book: LawBook,
): void {
  for (const read of reads)
    for (const before of reads) {
      if (before.customer !== read.customer || before.until >= read.step || before.seq <= read.seq) continue;
      if (wasForgotten(read, before.step)) continue;
      book.broken(
        'stale read',
        `${read.node} showed ${read.customer} at ${read.seq}, after ${before.node} had shown them at ${before.seq}`,
      );
    }
}

/** Where an acknowledged request stands; undefined: it is lost. */
function placeOfFact(ack: Ack, laws: RequestLaws): FactPlace | undefined {
  if (ack.kind === 'decide') return laws.answered(ack, ack);
  if (ack.kind === 'feedback') return laws.acknowledged(ack);
  return laws.acknowledged({ ...ack, repeatedOrder: ack.repeated ? ack.orderId : undefined });
}

function checkBytes(
  journal: Journal,
  ack: Extract<Ack, { kind: 'decide' }>,
  { shard, sequence, index }: FactPlace,
  book: LawBook,
): void {
  const fact = journal.landed[shard]?.[sequence - 1]?.facts[index];
  const same = fact !== undefined && Buffer.compare(encodeRecord(emptyHeader, [fact]), ack.bytes) === 0;
  if (!same)
    book.broken(
      'reply',
      `decide ${ack.requestId} of ${ack.customer} was answered otherwise than the log says`,
    );
}
