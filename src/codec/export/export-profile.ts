/**
 * A profile as its customer may read it: every part of it, with names and ISO times. A part that is added to a profile has to be
 * added here: the table does not compile without it.
 */
import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { type DecisionPlace, decisionId } from '../../core/decide/decision-id.ts';
import { OUTCOME_STAGES } from '../../core/fact/fact.ts';
import { FRICTIONS } from '../../core/policy/policy.ts';
import { consentAt } from '../../core/profile/consent.ts';
import { type ConsentTelling, proofsOf } from '../../core/profile/consent-proof.ts';
import {
  type Affinity,
  CONTACT_STATES,
  COUNTERS,
  HALF_LIVES_MS,
  type Profile,
  SEEN_DECIDE_WIDTH,
  SEEN_WIDTH,
  TIMER_KINDS,
} from '../../core/profile/profile.ts';
import { decodeEstate } from '../stored/estate-codec.ts';
import { type Json, readable, readableInstant, readableObject } from './readable.ts';

/** What a profile does not know of itself. */
export interface ProfileNaming {
  /** Where a decision of the customer stands; undefined: of somebody who moved, whose shard is not said. */
  readonly decisionRef?: (seq: number, index: number) => DecisionPlace;
}

type Render = (profile: Profile, setting: ProfileNaming) => Json;

const HALF_LIVES = ['5m', '1h', '1d', '14d'] as const;

const PARTS: { readonly [K in keyof Profile]-?: Render } = {
  id: ({ id }) => id,
  key: ({ key }) => key,
  version: ({ version }) => version,
  seq: ({ seq }) => seq,
  createdAt: ({ createdAt }) => readableInstant(createdAt),
  lastAt: ({ lastAt }) => readableInstant(lastAt),
  lastOrderAt: ({ lastOrderAt }) => readableInstant(lastOrderAt),
  firstOrderAt: ({ firstOrderAt }) => readableInstant(firstOrderAt),
  lastNewOrderAt: ({ lastNewOrderAt }) => readableInstant(lastNewOrderAt),
  orderCount: ({ orderCount }) => orderCount,
  refundedOrders: ({ refundedOrders }) => refundedOrders,
  revenue: ({ revenue }) => revenue,
  discountedOrders: ({ discountedOrders }) => discountedOrders,
  margin: ({ margin }) => margin,
  refunds: ({ refunds }) => refunds,
  zone: ({ zone }) => zone,
  zoneAt: ({ zoneAt }) => readableInstant(zoneAt),
  locale: ({ locale }) => locale,
  session: ({ session }) => readable(session),
  identifiers: ({ identifiers }) => readable(identifiers),
  counters: (profile) => readable(countersOf(profile)),
  counterAt: ({ counterAt }) =>
    readableObject(Object.fromEntries(COUNTERS.map((name, i) => [`${name}At`, counterAt[i]]))),
  categories: ({ categories }) => affinityOf(categories),
  brands: ({ brands }) => affinityOf(brands),
  sizes: ({ sizes }) => affinityOf(sizes),
  channels: ({ channels }) => affinityOf(channels),
  hours: ({ hours }) => affinityOf(hours),
  discounts: ({ discounts }) => affinityOf(discounts),
  viewed: ({ viewed }) => readable(viewed.toArray()),
  cart: ({ cart }) => readable(cart),
  cartEvents: ({ cartEvents }) => readable(cartEvents),
  cartFrom: ({ cartFrom }) => readableInstant(cartFrom),
  checkout: ({ checkout }) =>
    checkout === undefined
      ? null
      : readableObject({
          ...checkout,
          frictions: FRICTIONS.filter((_, i) => (checkout.frictions & (1 << i)) !== 0),
        }),
  orders: ({ orders }) => readable(orders),
  older: ({ older }) => readable(older),
  owned: ({ owned }) => readable(owned),
  subscriptions: ({ subscriptions }) => readable(subscriptions),
  subscriptionEnds: ({ subscriptionEnds }) => readable(subscriptionEnds),
  consent: ({ consent }) =>
    CHANNELS.flatMap((channel, c) =>
      PURPOSES.flatMap((purpose, p) => {
        const word = consent[c * PURPOSES.length + p] ?? 0;
        const saidAt = readableInstant(consentAt(word));
        return word === 0 ? [] : [{ channel, purpose, granted: word > 0, saidAt }];
      }),
    ),
  consentProofs: ({ consentProofs }) =>
    proofsOf(consentProofs).map(({ places, way, confirmed, ...telling }) => ({
      way,
      ...tellingOf(telling),
      confirmed: confirmed === undefined ? null : tellingOf(confirmed),
      of: CHANNELS.flatMap((of, c) =>
        PURPOSES.flatMap((purpose, p) =>
          (places & (1 << (c * PURPOSES.length + p))) === 0 ? [] : [{ channel: of, purpose }],
        ),
      ),
    })),
  consentRequests: ({ consentRequests }) =>
    consentRequests.map(({ place, from, telling, ...request }) => ({
      ...readableObject({ ...request }),
      from: readableInstant(from),
      channel: CHANNELS[Math.floor(place / PURPOSES.length)] ?? '',
      purpose: PURPOSES[place % PURPOSES.length] ?? '',
      told: tellingOf(telling),
    })),
  channelStats: ({ channelStats }) =>
    channelStats.flatMap((stats, i) =>
      stats === undefined ? [] : [{ channel: CHANNELS[i] ?? '', ...readableObject({ ...stats }) }],
    ),
  contacts: ({ contacts }, setting) =>
    contacts.toArray().map((contact) => ({
      ...readableObject({ ...contact, state: CONTACT_STATES[contact.state] }),
      ...nameOf(contact, setting),
    })),
  offers: ({ offers }, setting) =>
    offers.map((offer) => ({ ...readableObject({ ...offer }), ...nameOf(offer, setting) })),
  plans: ({ plans }, setting) =>
    plans.map((plan) => ({ ...readableObject({ ...plan }), ...nameOf(plan, setting) })),
  timers: ({ timers }) => timers.map((timer) => readableObject({ ...timer, kind: TIMER_KINDS[timer.kind] })),
  pending: ({ pending }, setting) =>
    pending.toArray().map((one) => ({
      ...readableObject({ ...one, awaits: OUTCOME_STAGES.filter((_, i) => (one.awaits & (1 << i)) !== 0) }),
      ...nameOf(one, setting),
    })),
  seenEvents: ({ seenEvents }) => rowsOf(seenEvents, SEEN_WIDTH, ['idHash', 'bodyHash', 'at']),
  seenFeedback: ({ seenFeedback }) => rowsOf(seenFeedback, SEEN_WIDTH, ['idHash', 'bodyHash', 'at']),
  seenDecides: ({ seenDecides }) =>
    rowsOf(seenDecides, SEEN_DECIDE_WIDTH, ['requestHash', 'bodyHash', 'at', 'seq', 'index']),
  triggered: ({ triggered }) => readable(triggered),
  once: ({ once }) => readable(once),
  attributes: ({ attributes }) => readable(attributes),
  supportCases: ({ supportCases }) => readable(supportCases),
  audiences: ({ audiences }, setting) =>
    audiences.map(({ member, audience, version, ref, choice }) => ({
      ...{ audience, member, isMember: choice !== undefined, since: readableInstant(version) },
      ...(choice !== undefined && { shows: readable(choice), until: readableInstant(choice.notAfter) }),
      ...nameOf(ref, setting),
    })),
  claims: ({ claims }) => readable(claims),
  strangers: ({ strangers }) => rowsOf(strangers, 2, ['keyHash', 'at']),
  united: ({ united }) => readable(united),
  isMixed: ({ isMixed }) => isMixed,
  silencedAt: ({ silencedAt }) => readableInstant(silencedAt),
  moved: ({ moved }) =>
    moved === undefined
      ? null
      : { ...readableObject({ ...moved, estate: undefined }), estate: exportEstate(moved.estate) },
  links: ({ links }) => readable(links),
  trail: ({ trail }) => readable(trail),
  keptApart: ({ keptApart }) => readable(keptApart),
  // What others are is theirs.
  partings: ({ partings }) => partings.map((one) => readableObject({ ...one, estate: undefined })),
  provisional: ({ provisional }) => (provisional === undefined ? null : readableObject({ ...provisional })),
  spentTokens: ({ spentTokens }, setting) =>
    spentTokens.map((spent) => ({ ...readableObject({ ...spent }), ...nameOf(spent, setting) })),
  devices: ({ devices }) => readable(devices),
  deviceOf: ({ deviceOf }) => (deviceOf === undefined ? null : readableObject({ ...deviceOf })),
};

/** Everything that a profile holds. Hashes stay hashes: what they were made of is not kept. */
export function exportProfile(
  profile: Profile,
  setting: ProfileNaming = {},
): { readonly [part: string]: Json } {
  const parts: Record<string, Json> = {};
  for (const [name, render] of Object.entries(PARTS)) parts[name] = render(profile, setting);
  return parts;
}

/** What a key stood for before it led to another customer; null where nothing was known. Throws StoredBytesError. */
export function exportEstate(estate: Uint8Array): Json {
  if (estate.length === 0) return null;
  const { profile, dispatches } = decodeEstate(estate);
  return { profile: exportProfile(profile), dispatches: readable(dispatches) };
}

function tellingOf({ words, channel, ...telling }: ConsentTelling): { readonly [part: string]: Json } {
  return readableObject({ ...telling, ...words, saidOn: CHANNELS[channel] ?? '' });
}

function countersOf({ counters }: Profile): Record<string, Record<string, number>> {
  return Object.fromEntries(
    COUNTERS.map((name, counter) => [
      name,
      Object.fromEntries(
        HALF_LIVES.map((halfLife, i) => [halfLife, counters[counter * HALF_LIVES_MS.length + i] ?? 0]),
      ),
    ]),
  );
}

function affinityOf({ at, keys, weights }: Affinity): Json {
  return {
    asOf: readableInstant(at),
    weights: keys.map((key, i) => ({ key, weight: readable(weights[i] ?? 0) })),
  };
}

function nameOf(
  { seq, index }: { readonly seq: number; readonly index: number },
  { decisionRef }: ProfileNaming,
) {
  return decisionRef === undefined ? {} : { decisionId: decisionId(decisionRef(seq, index)) };
}

/** Rows of numbers in one flat array. */
function rowsOf(flat: readonly number[], width: number, names: readonly string[]): Json {
  const rows: Json[] = [];
  for (let row = 0; row < flat.length; row += width)
    rows.push(readableObject(Object.fromEntries(names.map((name, i) => [name, flat[row + i]]))));
  return rows;
}
