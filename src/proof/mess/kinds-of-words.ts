/** What producers call things: other names, letters, words, amounts as text, too much of everything. All of it is understood. */
import { hash128Hex } from '../../base/hash.ts';
import type { Event } from '../../gen/attune/v1/event_pb.ts';
import { EVERYWHERE } from './clean-history.ts';
import { englishAmount, germanAmount, messLineOf } from './line-of.ts';
import type { Mess, MessKind } from './mess.ts';
import { occurredAt } from './message-on-its-way.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'Product Viewed': ['product viewed', 'Viewed Product', 'view_item', 'PRODUCT_VIEWED'],
  'Product Added': ['product added', 'Added Product', 'add_to_cart', 'Product-Added'],
  'Product Removed': ['PRODUCT REMOVED', 'Removed Product', 'remove_from_cart'],
  'Checkout Started': ['checkout started', 'begin_checkout'],
  'Order Completed': ['order completed', 'Completed Order', 'purchase', 'order_completed'],
  'Order Refunded': ['order refunded', 'refund'],
  'Order Cancelled': ['order cancelled', 'ORDER_CANCELLED'],
  'Consent Updated': ['consent updated', 'consent_updated'],
};

const CHANNEL_WORDS: Readonly<Record<string, readonly string[]>> = {
  email: ['E-Mail', 'Email', 'EMAIL', 'e-mail'],
  sms: ['SMS', 'Sms'],
  push: ['Push', 'PUSH'],
  whatsapp: ['WhatsApp', 'WHATSAPP'],
  ads: ['Ads', 'ADS'],
};

const YES = ['yes', 'true', 'granted', 'opt-in', 'OPTED_IN'];
const NO = ['no', 'false', 'denied', 'opt-out', 'Opted out', 'unsubscribed'];

const name: MessKind = {
  name: 'name of another vocabulary',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named(...Object.keys(NAMES));
    if (message === undefined) return;
    message.event.name = mess.one(NAMES[message.event.name] as readonly string[]);
    mess.mark(message);
  },
};

const channelWord: MessKind = {
  name: 'channel in other letters',
  owed: 'understood',
  into: (mess) => {
    const message = mess.pick(
      (one) =>
        one.event.name === 'Consent Updated' && CHANNEL_WORDS[misspeltConsent(one.event)] !== undefined,
    );
    if (message === undefined) return;
    say(
      message.event,
      'channel',
      mess.one(CHANNEL_WORDS[misspeltConsent(message.event)] as readonly string[]),
    );
    mess.mark(message);
  },
};

const consentWord: MessKind = {
  name: 'consent as a word',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Consent Updated');
    if (message === undefined) return;
    const { kind } = message.event.properties.granted ?? {};
    say(message.event, 'granted', mess.one(kind?.value === true ? YES : NO));
    mess.mark(message);
  },
};

const consentForAll: MessKind = {
  name: 'consent for all channels at once',
  owed: 'understood',
  into: (mess) => {
    const each = mess.messages.filter(
      ({ event, touched, kinds }) => event.sessionId === EVERYWHERE && !touched && kinds.length === 0,
    );
    const [first] = each;
    if (first === undefined || each.length < 9) return;
    for (const other of each.slice(1)) mess.messages.splice(mess.messages.indexOf(other), 1);
    say(first.event, 'channel', mess.one(['all', 'ALL', 'any']));
    mess.mark(first);
  },
};

const textAmounts: MessKind = {
  name: 'amounts as text',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Order Completed');
    if (message === undefined) return;
    const written = mess.one([englishAmount, germanAmount]);
    message.line = messLineOf(message.event, (json) => {
      for (const field of ['total', 'revenue', 'shipping', 'discount'])
        if (json.order[field] !== undefined) json.order[field] = written(json.order[field]);
      for (const line of json.products ?? []) line.price = written(line.price);
    });
    mess.mark(message);
  },
};

const orderInProperties: MessKind = {
  name: 'order in the properties',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Order Completed');
    const order = message?.event.order;
    if (message === undefined || order === undefined) return;
    const { event } = message;
    say(event, mess.one(['order_id', 'transaction_id']), order.orderId);
    for (const field of ['total', 'revenue', 'shipping', 'discount'] as const)
      numberWord(event, field, order[field] ?? 0);
    event.order = undefined;
    mess.mark(message);
  },
};

const tooMuch: MessKind = {
  name: 'longer and more than fits',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Order Completed', 'Product Added', 'Product Viewed');
    if (message === undefined) return;
    const { event } = message;
    for (let i = 0; i < 90; i++) say(event, `campaign_${i}`, 'spring');
    say(event, 'note', 'x'.repeat(10_000));
    if (event.context !== undefined) event.context.page = `https://shop.example/${'p'.repeat(2_000)}`;
    mess.mark(message);
  },
};

const lineWithoutId: MessKind = {
  name: 'line without a product id',
  owed: 'understood',
  into: (mess) => {
    const message = mess.named('Order Completed');
    const first = message?.event.products[0];
    if (message === undefined || first === undefined) return;
    message.event.products.push({
      ...first,
      productId: '',
      category: '',
      brand: '',
      size: '',
      price: 0,
      quantity: 1,
    });
    mess.mark(message);
  },
};

const unknownZone: MessKind = {
  name: 'zone that nobody knows',
  owed: 'understood',
  into: (mess) => {
    const message = mess.pick(({ event }) => event.context !== undefined && event.name !== 'Consent Updated');
    if (message?.event.context === undefined) return;
    message.event.context.timeZone = mess.one(['Europe/Lodnon', 'CEST+2', 'Mars/Base', 'undefined']);
    mess.mark(message);
  },
};

const impossibleKey: MessKind = {
  name: 'impossible key beside a good one',
  owed: 'understood',
  into: (mess) => {
    const message = mess.pick(() => true);
    if (message === undefined) return;
    message.event.identifiers.push(impossible(mess));
    mess.mark(message);
  },
};

/** A key that stands for nobody. */
export function impossible(mess: Mess): Event['identifiers'][number] {
  const [kind, value] = mess.one([
    ['anonymous', 'undefined'],
    ['crm', 'null'],
    ['crm', '[object Object]'],
    ['anonymous', '00000000-0000-0000-0000-000000000000'],
    ['loyalty', '0'],
    ['email_sha256', NOTHING_SHA256],
  ] as const);
  return { $typeName: 'attune.v1.Identifier', kind, value };
}

/** SHA-256 of no text at all. */
const NOTHING_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** One add of several pieces, told as one for each. */
const splitAdd: MessKind = {
  name: 'pieces told one by one',
  owed: 'understood',
  into: (mess) => {
    const message = mess.pick(
      ({ event }) => event.name === 'Product Added' && (event.products[0]?.quantity ?? 0) > 1,
    );
    const line = message?.event.products[0];
    if (message === undefined || line === undefined) return;
    const pieces = line.quantity;
    line.quantity = 1;
    mess.mark(message);
    for (let piece = 1; piece < pieces; piece++) {
      const added = mess.add(message, message.at, (event) => {
        event.id = `${event.id}-${hash128Hex(String(piece), occurredAt(event) % 1_000).slice(0, 6)}`;
      });
      mess.note(added);
    }
  },
};

export function misspeltConsent(event: Event): string {
  return String(event.properties.channel?.kind.value ?? '');
}

/** Sets a property to a text. */
export function say(event: Event, property: string, value: string): void {
  event.properties[property] = { $typeName: 'attune.v1.PropertyValue', kind: { case: 'stringValue', value } };
}

export function numberWord(event: Event, property: string, value: number): void {
  event.properties[property] = { $typeName: 'attune.v1.PropertyValue', kind: { case: 'doubleValue', value } };
}

export const KINDS_OF_WORDS: readonly MessKind[] = [
  name,
  channelWord,
  consentWord,
  consentForAll,
  textAmounts,
  orderInProperties,
  tooMuch,
  lineWithoutId,
  unknownZone,
  impossibleKey,
  splitAdd,
];
