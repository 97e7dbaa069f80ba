import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';
import { dayOfDate } from '../attribute/attribute.ts';
import { civilText, type OffsetSource } from '../calendar/civil-time.ts';
import type { Zones } from '../calendar/zones.ts';
import type { Subject } from '../candidate/subject.ts';
import type { Content, FactOffer } from '../fact/fact.ts';
import type { DayShows, Formats } from '../locale/formats.ts';
import type { Action, Policy, Slot, Variant } from '../policy/policy.ts';
import { UNTRACKED } from '../trait/stock.ts';
import type { Traits } from '../trait/trait-spec.ts';
import { isPersonal } from './personal-content.ts';
import { TRACKING_MARK } from './tracking-mark.ts';

/** What content shows of an offer. */
export type SaidOffer = Pick<FactOffer, 'kind' | 'depth' | 'code'>;

/** What content shows besides the subject, and how. */
export interface ContentContext {
  /** The customer's, '' unknown. */
  readonly locale: string;
  readonly shop: Pick<Policy, 'currency' | 'locale' | 'zones'>;
  /** When the message goes, and until when its offer is live. */
  readonly goes: number;
  readonly offerUntil: number;
  /** The customer's clock; where their zone is unknown, the shop's own zone. */
  readonly clock: OffsetSource;
  readonly zones: Zones;
  readonly formats: Formats;
  /** The order or case that the trigger's event named, '' for none. */
  readonly about: string;
  /** Only a link in a message says whom it is for: blanks that would show who they are are left out. */
  readonly isProvisional: boolean;
  /** A replay: the content that was recorded, whose words of the formats stand. */
  readonly recorded: Content | undefined;
}

/** The words of a treatment: its blanks filled, in the order of the policy; an optional blank without a value is left out. */
export function fillContent(
  action: Action,
  variant: Variant,
  subject: Subject,
  traits: Traits,
  context: ContentContext,
): Content {
  const { slots } = variant;
  const all = new Array<string>(slots.length);
  let left = 0;
  for (let i = 0; i < slots.length; i++) {
    const value = slotValue(slots[i] as Slot, action, subject, traits, context);
    if (value === '') left++;
    all[i] = value;
  }
  const names = left === 0 ? namesOf(slots) : namesOf(slots).filter((_, i) => all[i] !== '');
  const values = left === 0 ? all : all.filter((value) => value !== '');
  return {
    templateId: variant.templateId,
    locale: context.locale,
    slotNames: names,
    slotValues: values,
    productIds: subject.product === '' ? [] : [subject.product],
    rendered: saidText(variant, names, values, context),
  };
}

const namesOfSlots = new WeakMap<readonly Slot[], readonly string[]>();

/** The names of a variant's blanks, one list for all decisions in which every blank has a value. */
function namesOf(slots: readonly Slot[]): readonly string[] {
  const known = namesOfSlots.get(slots);
  if (known !== undefined) return known;
  const names = slots.map((slot) => slot.name);
  namesOfSlots.set(slots, names);
  return names;
}

/**
 * The words of a variant with its blanks filled. A template's are recorded as they were made, as what the formats say is: the
 * next release of its library may make others.
 */
export function saidText(
  { text, wording, slots }: Variant,
  names: readonly string[],
  values: readonly string[],
  { locale, recorded }: Pick<ContentContext, 'locale' | 'recorded'>,
): string {
  if (wording === undefined) return renderText(text, names, values);
  if (recorded !== undefined) return recorded.rendered;
  const byName: Record<string, string | null> = {};
  for (const { name } of slots) byName[name] = values[names.indexOf(name)] || null;
  return wording.render(byName, locale);
}

/** `text` with each {name} replaced by its value; a blank without a value becomes nothing. */
function renderText(text: string, names: readonly string[], values: readonly string[]): string {
  if (!text.includes('{')) return text;
  let out = '';
  let from = 0;
  while (from < text.length) {
    const open = text.indexOf('{', from);
    const close = open < 0 ? -1 : text.indexOf('}', open);
    if (close < 0) return out + text.slice(from);
    const place = names.indexOf(text.slice(open + 1, close).trim());
    out += text.slice(from, open) + (place < 0 ? '' : (values[place] ?? ''));
    from = close + 1;
  }
  return out;
}

function slotValue(
  slot: Slot,
  action: Action,
  subject: Subject,
  traits: Traits,
  context: ContentContext,
): string {
  const source = slot.source;
  if (context.isProvisional && isPersonal(source)) return '';
  switch (source.kind) {
    case 'text':
      return source.text;
    case 'trait':
      return traitText((traits as Readonly<Record<string, unknown>>)[source.name]);
    case 'attribute':
      return attributeText(source, slot, traits, context);
    case 'offer':
      return offerText(source.field, action.offer, slot, context);
    case 'moment':
      return context.about;
    case 'message':
      return TRACKING_MARK;
    case 'subject':
      return subjectText(source.field, subject, slot, context);
  }
}

/** What the formats say in the customer's locale, or the shop's where that is not known; a replay says what was said. */
function formatted(
  slot: Slot,
  { locale, shop, formats, recorded }: ContentContext,
  said: (formats: Formats, locale: string) => string,
): string {
  if (recorded !== undefined) return recorded.slotValues[recorded.slotNames.indexOf(slot.name)] ?? '';
  return said(formats, formats.knows(locale) ? locale : shop.locale);
}

function subjectText(
  field: Extract<Slot['source'], { kind: 'subject' }>['field'],
  subject: Subject,
  slot: Slot,
  context: ContentContext,
): string {
  switch (field) {
    case 'title':
      return subject.title;
    case 'product_id':
      return subject.product;
    case 'price':
      return subject.price > 0 ? moneyText(subject.price, slot, context) : '';
    case 'size':
      return subject.size;
    case 'stock':
      return subject.stock === UNTRACKED ? '' : String(subject.stock);
    case 'category':
      return subject.category;
    case 'brand':
      return subject.brand;
    case 'url':
      return subject.url;
    case 'image':
      return subject.image;
  }
}

/** What content says of an offer; '' without one. */
export function offerText(
  field: 'code' | 'depth' | 'valid_until',
  offer: SaidOffer | undefined,
  slot: Slot,
  context: ContentContext,
): string {
  if (offer === undefined) return '';
  switch (field) {
    case 'code':
      return offer.code;
    case 'depth':
      return offer.kind === 'percent'
        ? formatted(slot, context, (formats, locale) => formats.percent(offer.depth, locale))
        : moneyText(offer.depth, slot, context);
    case 'valid_until':
      return untilText(slot, context);
  }
}

/** An amount of the shop's currency, in the locale of the content. */
export function moneyText(amount: number, slot: Slot, context: ContentContext): string {
  const { currency } = context.shop;
  return formatted(slot, context, (formats, locale) => formats.money(amount, currency, locale));
}

/** The day on which the offer ends; with the hour where it is live for less than a day, with the year where that is another one. */
function untilText(slot: Slot, context: ContentContext): string {
  const { goes, offerUntil } = context;
  // Asked in a replay too: a record names the offsets that were used.
  const [from, until] = [localTime(goes, context), localTime(offerUntil, context)];
  const shows: DayShows =
    offerUntil - goes < DAY_MS
      ? 'day and time'
      : civilText(from, 0).slice(0, 4) === civilText(until, 0).slice(0, 4)
        ? 'day'
        : 'day and year';
  return formatted(slot, context, (formats, locale) => formats.day(until, shows, locale));
}

function localTime(at: number, { clock, zones, shop }: ContentContext): number {
  const own = clock.offsetAt(at);
  const offsetMin = Number.isNaN(own) ? zones.offsetMin(shop.zones[0] ?? '', at) : own;
  return at + (Number.isNaN(offsetMin) ? 0 : offsetMin * MINUTE_MS);
}

/** A date as the formats say it, anything else as a trait. */
function attributeText(
  { name, type }: Extract<Slot['source'], { kind: 'attribute' }>,
  slot: Slot,
  { attributes }: Traits,
  context: ContentContext,
): string {
  const value = attributes.value(name, type);
  if (type !== 'date' || typeof value !== 'string') return traitText(value);
  const local = dayOfDate(value) * DAY_MS;
  return formatted(slot, context, (formats, locale) => formats.day(local, 'day and year', locale));
}

function traitText(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 100) / 100);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : '';
}
