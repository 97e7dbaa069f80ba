/** What networks, outboxes and clocks do to messages: all of it is understood. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { messLineOf, withOffset } from './line-of.ts';
import type { MessKind } from './mess.ts';
import { type MessageOnItsWay, occurredAt, stamp } from './message-on-its-way.ts';

/** Ids are remembered for a day, and a copy of a late message counts from when that arrived. */
const COPY_MS_MAX = 6 * HOUR_MS;
const LATE_MS_MAX = 72 * HOUR_MS;

/** What is broken is told as it is, so that its answer is of that. */
function isOfHistory({ owed }: MessageOnItsWay): boolean {
  return owed === 'understood';
}

const duplicate: MessKind = {
  name: 'duplicate',
  owed: 'understood',
  into: (mess) => {
    const message = mess.any(isOfHistory);
    if (message === undefined) return;
    for (let copies = 1 + mess.rng.intBelow(2); copies > 0; copies--)
      mess.note(mess.add(message, message.at + mess.between(0, COPY_MS_MAX)));
  },
};

const retriedAnew: MessKind = {
  name: 'retry with maps in another order, stamped anew',
  owed: 'understood',
  into: (mess) => {
    const message = mess.any((one) => isOfHistory(one) && Object.keys(one.event.properties).length > 1);
    if (message === undefined) return;
    const again = mess.add(message, message.at + mess.between(SECOND_MS, COPY_MS_MAX), (event) => {
      event.properties = Object.fromEntries(Object.entries(event.properties).reverse());
    });
    stamp(again.event, Math.min(again.at, occurredAt(message.event) + mess.between(1, 5 * MINUTE_MS)));
    mess.note(again);
  },
};

const late: MessKind = {
  name: 'late',
  owed: 'understood',
  into: (mess) => {
    const message = mess.any(isOfHistory);
    if (message === undefined) return;
    message.at += mess.between(MINUTE_MS, LATE_MS_MAX);
    mess.note(message);
  },
};

const overtaken: MessKind = {
  name: 'overtaken by the next',
  owed: 'understood',
  into: (mess) => {
    const at = mess.rng.intBelow(Math.max(1, mess.messages.length - 1));
    const [first, next] = [mess.messages[at], mess.messages[at + 1]];
    if (first === undefined || next === undefined || !isOfHistory(first)) return;
    if (next.at - first.at > LATE_MS_MAX) return;
    first.at = Math.max(first.at, next.at + mess.between(1, MINUTE_MS));
    mess.note(first);
  },
};

const shuffled: MessKind = {
  name: 'an hour in any order',
  owed: 'understood',
  into: (mess) => {
    const first = mess.any(isOfHistory);
    if (first === undefined) return;
    const from = occurredAt(first.event);
    const arrives = from + HOUR_MS;
    for (const message of mess.messages) {
      const at = occurredAt(message.event);
      if (at < from || at > arrives || !isOfHistory(message) || message.at > arrives) continue;
      message.at = arrives + mess.between(0, MINUTE_MS);
      mess.note(message);
    }
  },
};

/** By a device whose clock is wrong, which stamps what it sends when it sends it. */
const wrongClock: MessKind = {
  name: 'clock of the device is wrong',
  owed: 'understood',
  into: (mess) => {
    const message = mess.pick(isOfHistory);
    if (message === undefined) return;
    const by = mess.one([14 * DAY_MS, -3 * DAY_MS, -400 * DAY_MS, 2 * HOUR_MS, -90 * MINUTE_MS]);
    stamp(message.event, occurredAt(message.event) + by);
    message.event.sentAt = timestampFromMs(message.at + by);
    mess.mark(message);
  },
};

/** Its clock is right, and so is the time at which the collector took it; the way from there was long. */
const behindCollector: MessKind = {
  name: 'late behind a collector',
  owed: 'understood',
  into: (mess) => {
    const message = mess.pick((one) => isOfHistory(one) && one.kinds.length === 0);
    if (message === undefined) return;
    const { event } = message;
    event.sentAt = timestampFromMs(occurredAt(event) + 2 * SECOND_MS);
    event.receivedAt = timestampFromMs(occurredAt(event) + 3 * SECOND_MS);
    message.at += mess.between(MINUTE_MS, 24 * HOUR_MS);
    mess.mark(message);
  },
};

/** As a line of JSON with an offset in its time. */
const offsetInTime: MessKind = {
  name: 'time with an offset',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Product Viewed', 'Order Completed', 'Product Added', 'Consent Updated');
    if (message === undefined) return;
    const minutes = mess.one([330, -300, 60, -210, 840]);
    message.line = messLineOf(message.event, (json) => {
      json.occurredAt = withOffset(occurredAt(message.event), minutes);
    });
    mess.mark(message);
  },
};

export const KINDS_OF_TRANSPORT: readonly MessKind[] = [
  late,
  overtaken,
  shuffled,
  behindCollector,
  wrongClock,
  offsetInTime,
  duplicate,
  retriedAnew,
];
