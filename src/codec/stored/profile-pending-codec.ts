/** The outcomes that a customer's decisions await. */
import { DAY_MS } from '../../base/clock.ts';
import { OUTCOME_STAGES } from '../../core/fact/fact.ts';
import { PendingLedger } from '../../core/profile/pending-ledger.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** What policies mostly say; the first entry is stored against it. */
const USUAL_SPANS = { due: 7 * DAY_MS, click: DAY_MS, purchase: 7 * DAY_MS };

// Windows are mostly the same from one entry to the next: each end is stored as its distance from where the entry above would have put it.

const ENGAGED = 1;
const UNSUBSCRIBED = 2;
/** Above the flags stand the stages that are awaited; what was written before there were stages has none there. */
const AWAITS_SHIFT = 2;
const CLICK = 1 << OUTCOME_STAGES.indexOf('click');
const PURCHASE = 1 << OUTCOME_STAGES.indexOf('purchase');
const UNSUBSCRIBE = 1 << OUTCOME_STAGES.indexOf('unsubscribe');

export function writePending(
  writer: ByteWriter,
  pending: PendingLedger,
  base: number,
  baseSeq: number,
): void {
  writer.varint(pending.length);
  let { at, seq, due, click, purchase } = { at: base, seq: baseSeq, ...USUAL_SPANS };
  for (let i = 0; i < pending.length; i++) {
    const entry = pending.get(i);
    writer.u8(
      (entry.engaged ? ENGAGED : 0) |
        (entry.unsubscribed ? UNSUBSCRIBED : 0) |
        (entry.awaits << AWAITS_SHIFT),
    );
    writer.near(entry.seq, seq);
    writer.number(entry.index);
    writer.number(entry.choice);
    writer.near(entry.decidedAt, at);
    ({ seq, decidedAt: at } = entry);
    writer.near(entry.unsubscribeUntil, at + due);
    writer.near(entry.clickUntil, at + click);
    writer.near(entry.purchaseUntil, at + purchase);
    due = entry.unsubscribeUntil - at;
    click = entry.clickUntil - at;
    purchase = entry.purchaseUntil - at;
    writer.number(entry.channel);
    writer.number(entry.orders);
    writer.money(entry.margin);
  }
}

export function readPending(reader: ByteReader, base: number, baseSeq: number): PendingLedger {
  const count = reader.count(11, 'outcomes');
  const pending = new PendingLedger(count);
  let { at, seq, due, click, purchase } = { at: base, seq: baseSeq, ...USUAL_SPANS };
  for (let i = 0; i < count; i++) {
    const flags = reader.u8();
    seq = reader.near(seq);
    const index = reader.number();
    const choice = reader.number();
    at = reader.near(at);
    const unsubscribeUntil = reader.near(at + due);
    const clickUntil = reader.near(at + click);
    const purchaseUntil = reader.near(at + purchase);
    due = unsubscribeUntil - at;
    click = clickUntil - at;
    purchase = purchaseUntil - at;
    const channel = reader.number();
    const awaits = flags >> AWAITS_SHIFT || stagesBefore(channel, unsubscribeUntil > purchaseUntil);
    pending.push({
      seq,
      index,
      choice,
      decidedAt: at,
      clickUntil,
      purchaseUntil,
      unsubscribeUntil,
      awaits,
      channel,
      engaged: (flags & ENGAGED) !== 0,
      unsubscribed: (flags & UNSUBSCRIBED) !== 0,
      orders: reader.number(),
      margin: reader.money(),
    });
  }
  return pending;
}

/** What is awaited of an outcome that was written when it matured as a whole. */
function stagesBefore(channel: number, isSent: boolean): number {
  return PURCHASE | (channel >= 0 ? CLICK : 0) | (isSent ? UNSUBSCRIBE : 0);
}
