/** What cannot be understood: the sender is told, and nothing of it stays. Each is a message besides those of the history. */
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { impossible, say } from './kinds-of-words.ts';
import { messLineOf } from './line-of.ts';
import type { Mess, MessKind } from './mess.ts';
import { type MessageOnItsWay, occurredAt, stamp } from './message-on-its-way.ts';

const ORDER = 'Order Completed';
const CONSENT = 'Consent Updated';

/** A broken copy of a message of `name`; what it would do is visible when it is taken. */
function broken(
  name: string,
  what: string,
  breaks: (event: Event, mess: Mess, message: MessageOnItsWay) => void,
): MessKind {
  return {
    name: what,
    owed: 'refused',
    into: (mess) => {
      const like = mess.any(
        ({ event, line }) =>
          event.name === name && line === '' && (name !== ORDER || event.order !== undefined),
      );
      if (like === undefined) return;
      const message = mess.add(like, like.at + mess.between(0, HOUR_MS), (event) => {
        event.id = `broken-${mess.messages.length}`;
        if (event.order !== undefined) event.order.orderId = `broken-${mess.messages.length}`;
        if (event.name === 'Consent Updated') flip(event);
      });
      message.kinds.length = 0;
      breaks(message.event, mess, message);
      mess.mark(message);
    },
  };
}

/** The opposite word, so that a broken one that is taken shows. */
function flip(event: Event): void {
  const granted = event.properties.granted?.kind.value === true;
  event.properties.granted = {
    $typeName: 'attune.v1.PropertyValue',
    kind: { case: 'boolValue', value: !granted },
  };
}

export const KINDS_REFUSED: readonly MessKind[] = [
  broken(ORDER, 'nobody: only impossible keys', (event, mess) => {
    event.identifiers = [impossible(mess)];
  }),
  broken(ORDER, 'order without an id', (event) => {
    if (event.order !== undefined) event.order.orderId = '';
  }),
  broken(ORDER, 'amount that is no number', (event, mess) => {
    if (event.order !== undefined) event.order.revenue = mess.one([Number.NaN, Number.POSITIVE_INFINITY]);
  }),
  broken(ORDER, 'amount that can be read in two ways', (event, _, message) => {
    message.line = messLineOf(event, (json) => {
      json.order.revenue = '1,299';
    });
  }),
  broken(ORDER, 'currency without a rate', (event, mess) => {
    event.currency = mess.one(['JPY', 'SEK', 'XAU']);
  }),
  broken(ORDER, 'more digits than a number holds', (event, _, message) => {
    message.line = messLineOf(event, (json) => {
      json.order.orderId = '@';
    }).replace('"@"', '12345678901234567891');
  }),
  broken(ORDER, 'products of another shape', (event, _, message) => {
    message.line = messLineOf(event, (json) => {
      json.products = 'coat';
    });
  }),
  broken(ORDER, 'time without an offset', (event, _, message) => {
    message.line = messLineOf(event, (json) => {
      json.occurredAt = new Date(occurredAt(event)).toISOString().slice(0, 19);
    });
  }),
  broken(ORDER, 'from the future', (event, _, message) => {
    stamp(event, message.at + DAY_MS);
  }),
  broken(ORDER, 'too old', (event) => {
    stamp(event, occurredAt(event) - 60 * DAY_MS);
  }),
  broken(CONSENT, 'consent word that is none', (event, mess) => {
    say(event, 'granted', mess.one(['maybe', 'ja bitte', '?', 'tue']));
  }),
  broken(CONSENT, 'consent on a channel that is none', (event, mess) => {
    say(event, 'channel', mess.one(['fax', 'pigeon', 'emial']));
  }),
  {
    name: 'name one letter away',
    owed: 'odd',
    into: (mess) => {
      const like = mess.any(({ event, line }) => event.name === ORDER && line === '');
      if (like === undefined) return;
      const message = mess.add(like, like.at, (event) => {
        event.id = `broken-${mess.messages.length}`;
        event.name = mess.one(['Order Complted', 'Order Competed', 'Order Completedd']);
        if (event.order !== undefined) event.order.orderId = 'misspelt';
      });
      mess.mark(message);
    },
  },
];

/** Behind what delays: the first to come has the id. */
export const REUSED_ID: MessKind = {
  name: 'id used again for something else',
  owed: 'refused',
  into: (mess) => {
    const like = mess.pick(({ event, kinds }) => event.name === ORDER && kinds.length === 0);
    if (like === undefined) return;
    like.touched = true;
    const message = mess.add(like, like.at + mess.between(1, HOUR_MS), (event) => {
      if (event.order !== undefined) event.order.orderId = 'another';
    });
    mess.mark(message);
  },
};
