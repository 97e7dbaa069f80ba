/** What was said to a customer and what is still to come of it. */
import { DAY_MS } from '../../base/clock.ts';
import { ContactLedger } from '../../core/profile/contact-ledger.ts';
import { CONTACT_MARKS } from '../../core/profile/ledger-rows.ts';
import type { LiveOffer, Plan, Timer } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

const COUNTS = 1;
const PROMOTION = 2;
const DISPATCHED = 4;
/** Marks stand above the flags in the same byte; profiles of format 1 have none. */
const MARK = 8;
/** The last mark, for which the byte has no room: it stands above the state, of which there are fewer than this. */
const { apart: APART } = CONTACT_MARKS;
const STATES = 16;

// A contact's life is mostly as long as that of the entry above: each end is stored as its distance from there.

export function writeContacts(
  writer: ByteWriter,
  texts: TextTableWriter,
  contacts: ContactLedger,
  base: number,
  baseSeq: number,
): void {
  writer.varint(contacts.length);
  let { at, seq, span } = { at: base, seq: baseSeq, span: DAY_MS };
  for (let i = 0; i < contacts.length; i++) {
    const contact = contacts.get(i);
    writer.u8(
      (contact.counts ? COUNTS : 0) |
        (contact.promotion ? PROMOTION : 0) |
        (contact.dispatched ? DISPATCHED : 0) |
        ((contact.marks & ~APART) * MARK),
    );
    writer.near(contact.seq, seq);
    writer.number(contact.index);
    writer.number(contact.choice);
    texts.write(writer, contact.action);
    texts.write(writer, contact.variant);
    writer.number(contact.channel);
    writer.near(contact.at, at);
    writer.number((contact.marks & APART) === 0 ? contact.state : contact.state + STATES);
    texts.write(writer, contact.offer);
    texts.write(writer, contact.product);
    writer.near(contact.notAfter, contact.at + span);
    ({ at, seq } = contact);
    span = contact.notAfter - contact.at;
  }
}

export function readContacts(
  reader: ByteReader,
  texts: TextTableReader,
  base: number,
  baseSeq: number,
): ContactLedger {
  const count = reader.count(12, 'contacts');
  const contacts = new ContactLedger(count);
  let { at, seq, span } = { at: base, seq: baseSeq, span: DAY_MS };
  for (let i = 0; i < count; i++) {
    const flags = reader.u8();
    seq = reader.near(seq);
    const index = reader.number();
    const choice = reader.number();
    const action = texts.read(reader);
    const variant = texts.read(reader);
    const channel = reader.number();
    at = reader.near(at);
    const stored = reader.number();
    const isApart = stored >= STATES;
    const offer = texts.read(reader);
    const product = texts.read(reader);
    const notAfter = reader.near(at + span);
    span = notAfter - at;
    contacts.push({
      seq,
      index,
      choice,
      action,
      variant,
      channel,
      at,
      state: isApart ? stored - STATES : stored,
      counts: (flags & COUNTS) !== 0,
      offer,
      product,
      promotion: (flags & PROMOTION) !== 0,
      notAfter,
      dispatched: (flags & DISPATCHED) !== 0,
      marks: Math.floor(flags / MARK) + (isApart ? APART : 0),
    });
  }
  return contacts;
}

export function writeOnce(writer: ByteWriter, once: readonly number[]): void {
  writer.varint(once.length);
  for (const entry of once) writer.number(entry);
}

export function readOnce(reader: ByteReader): number[] {
  return Array.from({ length: reader.count(1, 'actions that went once') }, () => reader.number());
}

export function writeOffers(
  writer: ByteWriter,
  texts: TextTableWriter,
  offers: readonly LiveOffer[],
  base: number,
): void {
  writer.varint(offers.length);
  for (const offer of offers) {
    texts.write(writer, offer.offer);
    texts.write(writer, offer.kind);
    writer.money(offer.depth);
    texts.write(writer, offer.code);
    texts.write(writer, offer.action);
    writer.near(offer.at, base);
    writer.near(offer.until, offer.at);
    writer.number(offer.seq);
    writer.number(offer.index);
    writer.number(offer.choice);
  }
}

export function readOffers(reader: ByteReader, texts: TextTableReader, base: number): LiveOffer[] {
  const count = reader.count(10, 'offers');
  const offers = new Array<LiveOffer>(count);
  for (let i = 0; i < count; i++) {
    const offer = texts.read(reader);
    const kind = texts.read(reader);
    const depth = reader.money();
    const code = texts.read(reader);
    const action = texts.read(reader);
    const at = reader.near(base);
    const until = reader.near(at);
    offers[i] = {
      offer,
      kind,
      depth,
      code,
      action,
      at,
      until,
      seq: reader.number(),
      index: reader.number(),
      choice: reader.number(),
    };
  }
  return offers;
}

export function writePlans(
  writer: ByteWriter,
  texts: TextTableWriter,
  plans: readonly Plan[],
  base: number,
): void {
  writer.varint(plans.length);
  for (const plan of plans) {
    texts.write(writer, plan.id);
    texts.write(writer, plan.action);
    texts.write(writer, plan.variant);
    writer.number(plan.channel);
    texts.write(writer, plan.product);
    texts.write(writer, plan.offer);
    writer.near(plan.decidedAt, base);
    writer.near(plan.at, plan.decidedAt);
    texts.write(writer, plan.zone);
    writer.number(plan.offsetMin);
    texts.write(writer, plan.trigger);
    writer.number(plan.seq);
    writer.number(plan.index);
    writer.number(plan.choice);
  }
}

export function readPlans(reader: ByteReader, texts: TextTableReader, base: number): Plan[] {
  const count = reader.count(11, 'plans');
  const plans = new Array<Plan>(count);
  for (let i = 0; i < count; i++) {
    const id = texts.read(reader);
    const action = texts.read(reader);
    const variant = texts.read(reader);
    const channel = reader.number();
    const product = texts.read(reader);
    const offer = texts.read(reader);
    const decidedAt = reader.near(base);
    const at = reader.near(decidedAt);
    const zoned = reader.format >= 2;
    plans[i] = {
      id,
      action,
      variant,
      channel,
      product,
      offer,
      decidedAt,
      at,
      zone: zoned ? texts.read(reader) : '',
      offsetMin: zoned ? reader.number() : Number.NaN,
      trigger: zoned ? texts.read(reader) : '',
      seq: reader.number(),
      index: reader.number(),
      choice: reader.number(),
    };
  }
  return plans;
}

export function writeTimers(
  writer: ByteWriter,
  texts: TextTableWriter,
  timers: readonly Timer[],
  base: number,
): void {
  writer.varint(timers.length);
  for (const timer of timers) {
    writer.number(timer.kind);
    texts.write(writer, timer.key);
    writer.near(timer.due, base);
  }
}

export function readTimers(reader: ByteReader, texts: TextTableReader, base: number): Timer[] {
  const count = reader.count(3, 'timers');
  const timers = new Array<Timer>(count);
  for (let i = 0; i < count; i++) {
    timers[i] = { kind: reader.number(), key: texts.read(reader), due: reader.near(base) };
  }
  return timers;
}
