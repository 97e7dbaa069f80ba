import { encodeRecord } from '../../../codec/stored/record-codec.ts';
import type { Fact } from '../../../core/fact/fact.ts';
import type { LawBook } from '../../oracle/law-book.ts';
import { emptyHeader } from '../client.ts';
import type { Ack, Journal } from '../journal.ts';

/**
 * Every acknowledged request is in the log exactly once, and what was answered is what the log says. Nothing is there
 * twice, acknowledged or not. What was acknowledged before a read was asked is in what it shows.
 */
export function checkAcks(journal: Journal, book: LawBook): void {
  const index = new LogIndex(journal, book);
  const latest = new Map<string, { readonly step: number; readonly sequence: number }[]>();
  for (const ack of journal.acks) {
    const sequence = index.sequenceOf(ack, book);
    if (sequence === 0) continue;
    const known = latest.get(ack.customer) ?? [];
    known.push({ step: ack.step, sequence });
    latest.set(ack.customer, known);
  }
  for (const read of journal.reads) {
    for (const { step, sequence } of latest.get(read.customer) ?? [])
      if (step < read.step && sequence > read.seq)
        book.broken(
          'stale read',
          `${read.node} showed ${read.customer} at ${read.seq}, after ${sequence} had been acknowledged`,
        );
  }
}

/** Where each request's fact stands, from the records that count. */
class LogIndex {
  readonly #journal: Journal;
  readonly #events = new Map<string, number>();
  readonly #orders = new Map<string, number>();
  readonly #decides = new Map<string, number>();
  readonly #feedback = new Map<string, number>();

  constructor(journal: Journal, book: LawBook) {
    this.#journal = journal;
    for (const records of journal.landed)
      for (const record of records)
        if (record.counts) for (const fact of record.facts) this.#add(fact, record.sequence, book);
  }

  #add(fact: Fact, sequence: number, book: LawBook): void {
    const once = (map: Map<string, number>, key: string): void => {
      const before = map.get(key);
      if (before !== undefined) book.broken('twice', `${key} is in records ${before} and ${sequence}`);
      map.set(key, sequence);
    };
    if (fact.kind === 'event') {
      once(this.#events, `event ${fact.customer} ${fact.source} ${fact.id}`);
      if (fact.name === 'Order Completed')
        once(this.#orders, `order ${fact.customer} ${fact.order?.orderId}`);
    }
    if (fact.kind === 'decision' && fact.requestId !== '')
      once(this.#decides, `decide ${fact.customer} ${fact.requestId}`);
    if (fact.kind === 'feedback') once(this.#feedback, `feedback ${fact.customer} ${fact.link}`);
  }

  /** 0: it is not there, which is written down. */
  sequenceOf(ack: Ack, book: LawBook): number {
    const sequence = this.#find(ack);
    if (sequence === undefined) {
      book.broken('lost', `${nameOf(ack)} was acknowledged and is not in the log`);
      return 0;
    }
    if (ack.kind === 'decide') this.#compare(ack, sequence, book);
    return sequence;
  }

  #find(ack: Ack): number | undefined {
    if (ack.kind === 'event')
      return (
        this.#events.get(`event ${ack.customer} ${ack.source} ${ack.id}`) ??
        // The same order under another id is a duplicate of the order.
        (ack.repeated ? this.#orders.get(`order ${ack.customer} ${ack.orderId}`) : undefined)
      );
    if (ack.kind === 'decide') return this.#decides.get(`decide ${ack.customer} ${ack.requestId}`);
    return this.#feedback.get(`feedback ${ack.customer} ${ack.link}`);
  }

  #compare(ack: Extract<Ack, { kind: 'decide' }>, sequence: number, book: LawBook): void {
    const what = nameOf(ack);
    if (sequence !== ack.sequence)
      return book.broken('reply', `${what} was answered as ${ack.sequence}, and stands at ${sequence}`);
    const fact = this.#journal.landed[ack.shard]?.[sequence - 1]?.facts[ack.index];
    const same = fact !== undefined && Buffer.compare(encodeRecord(emptyHeader, [fact]), ack.bytes) === 0;
    if (!same) book.broken('reply', `${what} was answered otherwise than the log says`);
  }
}

function nameOf(ack: Ack): string {
  const id = ack.kind === 'event' ? ack.id : ack.kind === 'decide' ? ack.requestId : ack.link;
  return `${ack.kind} ${id} of ${ack.customer}`;
}
