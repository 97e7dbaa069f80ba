/** From an event as sent to the fact that it becomes, or why it becomes none. Reads the profile, changes nothing. */
import { SHARED_SIGNS } from '../../base/amount-text.ts';
import type { IdentifierKey } from '../../base/brand.ts';
import { murmur3 } from '../../base/hash.ts';
import type { AttributeSpec } from '../attribute/attribute.ts';
import { BOUNDS } from '../bounds.ts';
import type { Zones } from '../calendar/zones.ts';
import type { CatalogView } from '../catalog/catalog.ts';
import { channelIndex, PURPOSES } from '../channel.ts';
import type { EventFact, FactProduct } from '../fact/fact.ts';
import { type ChannelPolicy, FRICTIONS } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { findSeen, isSeenBody } from '../profile/seen.ts';
import { toldAttributes } from './attribute-words.ts';
import { oddConsent } from './consent-news.ts';
import { consentWords } from './consent-proof-words.ts';
import { ALL } from './consent-word.ts';
import { timeOf } from './device-clock.ts';
import type { EventInput, ProductInput } from './event-input.ts';
import { eventMeaning } from './event-name.ts';
import { type EventWarning, joinWarnings, WARNINGS_MAX, warning } from './event-warning.ts';
import { factOrder, factProduct } from './fact-goods.ts';
import { caseOf } from './news-properties.ts';
import { orderNews, returnNews } from './order-news.ts';
import { subscriptionOf } from './subscription-word.ts';

export interface EventSetting {
  /** Our clock. */
  readonly now: number;
  readonly catalog: CatalogView;
  /** Margin as a share of the price where the catalogue knows none. */
  readonly marginRate: number;
  readonly zones: Zones;
  /** The reporting currency; '' while there is no policy, and every currency is taken for it. */
  readonly currency: string;
  /** Units of the reporting currency that one unit of another one is. */
  readonly rates: ReadonlyMap<string, number>;
  /** The policy's, by index; none while there is no policy. */
  readonly channels: readonly ChannelPolicy[];
  /** What the policy declares that a shop may tell of a customer. */
  readonly attributes: readonly AttributeSpec[];
  /** Oldest event that is not historical. */
  readonly lateMsMax: number;
  /** How far ahead of our clock a producer's may be. */
  readonly aheadMsMax: number;
}

export type EventVerdict =
  | {
      readonly kind: 'accepted';
      readonly fact: EventFact;
      /** What is odd about it, what was met while it was read included; absent: nothing. */
      readonly warnings?: readonly EventWarning[] | undefined;
      /** Nothing that anybody sees changes, but later tellings are weighed against it: to its sender a duplicate. */
      readonly isSilent?: true;
    }
  | { readonly kind: 'duplicate' }
  /** Same source and id, another body. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'too_old'; readonly ageMs: number }
  | { readonly kind: 'too_new'; readonly aheadMs: number }
  /** Amounts in a currency for which the policy has no rate. */
  | { readonly kind: 'no_rate'; readonly currency: string };

const duplicate: EventVerdict = { kind: 'duplicate' };
const conflict: EventVerdict = { kind: 'conflict' };
const noProducts: readonly FactProduct[] = [];
const noIdentifiers: EventFact['identifiers'] = [];
const MARKETING = PURPOSES.indexOf('marketing');
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** 48-bit hash of an id within its namespace (an event's source, a channel). */
export function hash48(namespace: string, id: string): number {
  const text = `${namespace}\u0000${id}`;
  return murmur3(text, 0) * 0x1_0000 + (murmur3(text, 0x5bd1e995) & 0xffff);
}

/** Minutes east of UTC of a zone at a time; NaN for '' and for a zone that is unknown. */
export function localOffset(zone: string, at: number, zones: Zones): number {
  return zone === '' ? Number.NaN : zones.offsetMin(zone, at);
}

/** Local hour of the week, Monday 0 h = 0, at an offset in minutes (NaN counts as UTC). */
export function hourOfWeek(at: number, offsetMin: number): number {
  const local = at + (Number.isNaN(offsetMin) ? 0 : offsetMin * 60_000);
  const day = Math.floor(local / DAY);
  // 1970-01-01 was a Thursday.
  return ((((day + 3) % 7) + 7) % 7) * 24 + Math.floor((local - day * DAY) / HOUR);
}

export function deriveEvent(
  profile: Profile,
  key: IdentifierKey,
  given: EventInput,
  setting: EventSetting,
): EventVerdict {
  const clock = timeOf(given, setting.now);
  const input = clock.at === given.occurredAt ? given : { ...given, occurredAt: clock.at };
  const idHash = hash48(input.source, input.id);
  const seen = findSeen(profile.seenEvents, BOUNDS.seenEvents, idHash, setting.now);
  if (seen >= 0) return isSeenBody(profile.seenEvents, seen, input) ? duplicate : conflict;
  const age = setting.now - input.occurredAt;
  if (!input.historical && age > setting.lateMsMax) return { kind: 'too_old', ageMs: age };
  if (-age > setting.aheadMsMax) return { kind: 'too_new', aheadMs: -age };
  const meaning = eventMeaning(input.name);
  const currency = currencyMeant(input.currency, setting);
  const rate = saysMoney(input) ? rateOf(currency, setting) : 1;
  if (Number.isNaN(rate)) return { kind: 'no_rate', currency: input.currency };
  const subscription =
    meaning.kind === 'order' || meaning.kind === 'subscription-end'
      ? subscriptionOf(input.properties)
      : undefined;
  const told = meaning.kind === 'profile' ? toldAttributes(input.properties, setting.attributes) : undefined;
  const isCase = meaning.kind === 'case-open' || meaning.kind === 'case-close';
  const zone = input.context?.timeZone ?? '';
  const offset = localOffset(zone === '' ? profile.zone : zone, input.occurredAt, setting.zones);
  const fact: EventFact = {
    kind: 'event',
    customer: profile.id,
    key,
    identifiers: ownIdentifier(profile, input),
    source: input.source,
    id: input.id,
    idHash,
    bodyHash: input.bodyHash,
    name: input.name,
    // A producer's clock may be a little ahead; nothing of ours may happen before it did.
    at: Math.min(input.occurredAt, setting.now),
    receivedAt: setting.now,
    zone: Number.isNaN(offset) ? '' : zone,
    offsetMin: offset,
    locale: input.context?.locale ?? '',
    hourOfWeek: hourOfWeek(input.occurredAt, offset),
    channel: channelIndex(input.channel),
    sessionId: input.sessionId,
    historical: input.historical,
    products:
      input.products.length === 0
        ? noProducts
        : input.products.filter(isGoods).map((product) => factProduct(product, setting, rate)),
    currency: rate === 1 ? '' : currency,
    rate,
    // An order that stands in an event of the profile has no effect.
    order: told === undefined ? factOrder(input.order, rate) : undefined,
    ...(subscription !== undefined && { subscription }),
    ...(isCase && { supportCase: caseOf(input) }),
    consent: meaning.kind === 'consent' ? consentOf(input, setting.channels) : undefined,
    friction: frictionOf(input, meaning.friction),
    ...(told !== undefined && told.attributes.length > 0 && { attributes: told.attributes }),
  };
  const news =
    meaning.kind === 'order'
      ? orderNews(profile, fact)
      : meaning.kind === 'refund' || meaning.kind === 'cancel'
        ? returnNews(profile, fact, meaning.kind === 'cancel')
        : undefined;
  if (news?.kind === 'nothing') return news.isKept ? { kind: 'accepted', fact, isSilent: true } : duplicate;
  const unzoned = Number.isNaN(offset) ? unknownZone(zone) : undefined;
  const odd = fact.consent === undefined ? unzoned : joinWarnings(unzoned, oddConsent(profile, fact));
  const warnings = oddities(input, clock.warnings, odd, news?.warnings, setting);
  return {
    kind: 'accepted',
    fact,
    warnings: told === undefined ? warnings : joinWarnings(warnings, told.warnings),
  };
}

/** Whether an amount is stated at all: without one a currency means nothing, and a consent or a view is not refused for it. */
function saysMoney({ order, products }: EventInput): boolean {
  if (products.some(({ price }) => !Number.isNaN(price))) return true;
  if (order === undefined) return false;
  return [order.total, order.revenue, order.shipping, order.tax, order.discount].some(
    (amount) => !Number.isNaN(amount),
  );
}

/** Of a sign that several currencies share the one that the shop reports in, else the only one for which it has a rate. */
function currencyMeant(said: string, { currency, rates }: EventSetting): string {
  const shared = SHARED_SIGNS.get(said);
  if (shared === undefined) return said;
  if (shared.has(currency)) return currency;
  const [only = said, ...others] = [...rates.keys()].filter((code) => shared.has(code));
  return others.length === 0 ? only : said;
}

/** What one unit of a currency is in the reporting currency; NaN: nobody has said. */
function rateOf(currency: string, { currency: reporting, rates }: EventSetting): number {
  if (currency === '' || currency === reporting || reporting === '') return 1;
  return rates.get(currency) ?? Number.NaN;
}

/** What is odd about an event, the clock and the words it came in included; undefined: nothing. */
function oddities(
  input: EventInput,
  clock: readonly EventWarning[] | undefined,
  zone: readonly EventWarning[] | undefined,
  order: readonly EventWarning[] | undefined,
  setting: EventSetting,
): readonly EventWarning[] | undefined {
  const unknown = unknownProducts(input.products, setting.catalog);
  if (!input.warnings && !clock && !zone && !order && !unknown) return undefined;
  return joinWarnings(joinWarnings(joinWarnings(joinWarnings(input.warnings, clock), zone), order), unknown);
}

/** A catalogue that holds nothing knows no product, and that is nothing odd. */
function unknownProducts(
  products: readonly ProductInput[],
  catalog: CatalogView,
): readonly EventWarning[] | undefined {
  if (catalog.sequence === 0) return undefined;
  let unknown: EventWarning[] | undefined;
  for (let i = 0; i < products.length; i++) {
    const { productId } = products[i] as ProductInput;
    if (productId === '' || catalog.get(productId) !== undefined) continue;
    const field = `products[${i}].product_id`;
    const sentence = `\`${field}\` is not in the catalogue: only what the event says of it is known.`;
    unknown ??= [];
    unknown.push(warning(field, 'event.product', productId, sentence));
    if (unknown.length === WARNINGS_MAX) break;
  }
  return unknown;
}

/** The warning of a zone that nobody knows; undefined for ''. */
export function unknownZone(zone: string): readonly EventWarning[] | undefined {
  if (zone === '') return undefined;
  const sentence = `\`context.time_zone\` "${zone}" is no IANA time zone; it counts as not given.`;
  return [warning('context.time_zone', 'event.time_zone', zone, sentence)];
}

/** The customer's own key, the first time that it is named; every other one has to be claimed. */
function ownIdentifier({ key, identifiers }: Profile, input: EventInput): EventFact['identifiers'] {
  for (const { kind, value } of input.identifiers) {
    if (kind.length + 1 + value.length !== key.length || !key.endsWith(value) || !key.startsWith(kind))
      continue;
    if (identifiers.some((known) => known.value === value && known.kind === kind)) return noIdentifiers;
    if (identifiers.length < BOUNDS.identifiers) return [{ kind, value, origin: key }];
  }
  return noIdentifiers;
}

/** A line without a product is money of its order only. */
function isGoods({ productId }: ProductInput): boolean {
  return productId !== '';
}

/** What an event of consent says, in the words that understand-event.ts left: `all` means every channel or purpose. */
function consentOf(input: EventInput, channels: readonly ChannelPolicy[]): EventFact['consent'] {
  const { channel, purpose, granted, confirmed } = input.properties ?? {};
  const channelMeant = channel === ALL ? -1 : channelIndex(String(channel));
  const purposeMeant = purpose === ALL ? -1 : PURPOSES.indexOf(purpose as (typeof PURPOSES)[number]);
  if ((channelMeant < 0 && channel !== ALL) || (purposeMeant < 0 && purpose !== ALL)) return undefined;
  const words = consentWords(input.properties);
  const confirms = input.name === 'Consent Confirmed';
  const waits =
    granted !== true || purposeMeant > MARKETING || (confirmed === true && !confirms)
      ? []
      : channels.flatMap(({ index, confirmMs }) =>
          confirmMs === 0 || (channelMeant >= 0 && channelMeant !== index)
            ? []
            : [{ channel: index, ms: confirmMs }],
        );
  return {
    channel: channelMeant,
    purpose: purposeMeant,
    granted: granted === true,
    ...(waits.length > 0 && { waits }),
    ...(waits.length > 0 && confirms && { confirms }),
    ...(words !== undefined && { words }),
  };
}

/** A checkout step may name its friction as a property; the dedicated events mean theirs. */
function frictionOf(input: EventInput, meant: number): number {
  if (meant > 0) return meant;
  const named = input.properties?.friction;
  return typeof named === 'string' ? Math.max(0, FRICTIONS.indexOf(named as (typeof FRICTIONS)[number])) : 0;
}
