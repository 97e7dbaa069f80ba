/** What is compared of a customer: as the service has them, and as a plain model does. */
import { channelIndex, PURPOSES } from '../../core/channel.ts';
import { CONSENT_GRANTED, CONSENT_UNKNOWN, consentState } from '../../core/profile/consent.ts';
import { counterPlace } from '../../core/profile/counter.ts';
import { HALF_LIVES_MS, type Profile } from '../../core/profile/profile.ts';
import type { Sheet } from './plain-sheet.ts';

export interface Shown {
  readonly own: string;
  readonly keys: readonly string[];
  /** With what each cost in the end. */
  readonly orders: readonly string[];
  readonly orderCount: number;
  readonly revenue: number;
  /** With how often each was looked at. */
  readonly viewed: readonly string[];
  readonly consent: readonly string[];
  readonly messages: number;
  /** Of those, what the counter of marketing's messages says. */
  readonly counted: number;
  readonly isSilent: boolean;
  /** Keys by which those had begun who came by a link that can be undone. */
  readonly links: readonly string[];
}

const CHANNELS = ['email', 'push'] as const;
const MARKETING = PURPOSES.indexOf('marketing');
/** Of the window in which least has decayed. */
const MESSAGES = (counterPlace('messages') + 1) * HALF_LIVES_MS.length - 1;

/** `bare`: a name without what is before it in the service. */
export function shownProfile(profile: Profile, bare: (text: string) => string): Shown {
  const { identifiers, orders, orderCount, revenue, viewed, consent, contacts, links } = profile;
  const own = bare(profile.key);
  return {
    own,
    // A customer who was only decided for has not been named by an event yet.
    keys: [...new Set([own, ...identifiers.map(({ kind, value }) => `${kind}:${bare(value)}`)])].sort(),
    orders: orders.map((order) => `${bare(order.orderId)}=${order.revenue}`).sort(),
    ...{ orderCount, revenue },
    viewed: viewed
      .toArray()
      .map(({ productId, views }) => `${productId}×${views}`)
      .sort(),
    consent: CHANNELS.map((channel) => {
      const state = consentState(consent[channelIndex(channel) * PURPOSES.length + MARKETING] ?? 0);
      return state === CONSENT_UNKNOWN ? '' : state === CONSENT_GRANTED ? 'yes' : 'no';
    }),
    messages: contacts.toArray().filter(({ dispatched }) => dispatched).length,
    counted: Math.round(profile.counters[MESSAGES] ?? 0),
    isSilent: profile.silencedAt > 0,
    links: [...new Set(links.filter(({ isUndone }) => !isUndone).map(({ key }) => bare(key)))].sort(),
  };
}

export function shownSheet(sheet: Sheet): Shown {
  const orders = [...sheet.orders].map(([id, tellings]) => {
    const last = Math.min(...tellings.map(({ ago }) => ago));
    return { id, revenue: tellings.find(({ ago }) => ago === last)?.revenue ?? 0 };
  });
  const messages = [...sheet.messages.values()];
  return {
    own: sheet.own,
    keys: [...sheet.keys].sort(),
    orders: orders.map(({ id, revenue }) => `${id}=${revenue}`).sort(),
    orderCount: orders.length,
    revenue: orders.reduce((sum, { revenue }) => sum + revenue, 0),
    viewed: [...sheet.views].map(([product, count]) => `${product}×${count}`).sort(),
    consent: CHANNELS.map((channel) => {
      const word = sheet.words.get(channel);
      return word === undefined ? '' : word.isGranted ? 'yes' : 'no';
    }),
    messages: messages.length,
    counted: messages.filter(({ isApart }) => !isApart).length,
    isSilent: sheet.isSilent,
    links: [...new Set(sheet.links.map(({ own }) => own))].sort(),
  };
}
