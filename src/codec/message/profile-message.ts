import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CHANNELS } from '../../core/channel.ts';
import { readSlotKey, slotText } from '../../core/consideration/slot.ts';
import { type DecisionPlace, decisionId, dispatchId } from '../../core/decide/decision-id.ts';
import { FRICTIONS } from '../../core/policy/policy.ts';
import type { AttributeRow } from '../../core/profile/attributes.ts';
import type { Contact } from '../../core/profile/ledger-rows.ts';
import type { Membership } from '../../core/profile/membership.ts';
import {
  type Checkout,
  CONSIDER,
  CONTACT_STATES,
  type LiveOffer,
  type Profile,
  TIMER_KINDS,
} from '../../core/profile/profile.ts';
import type { Traits } from '../../core/trait/trait-spec.ts';
import { type Profile as ProfileMessage, ProfileSchema } from '../../gen/attune/v1/customer_pb.ts';
import { caseMessages } from './case-message.ts';
import { instant } from './instant.ts';
import {
  affinityMessages,
  channelMessages,
  consentMessages,
  counterMessages,
  requestMessages,
} from './profile-habits.ts';
import { traitsMessage, traitValue } from './traits-message.ts';

/** What a profile does not know of itself. */
export interface ProfileSetting {
  readonly asOf: number;
  /** As computed from this profile at `asOf`. */
  readonly traits: Traits;
  /** Where the customer's decisions stand in the log. */
  readonly decisionRef: (seq: number, index: number) => DecisionPlace;
}

/** The profile as it is now; keeps nothing of it. */
export function profileMessage(profile: Profile, setting: ProfileSetting): ProfileMessage {
  const { asOf } = setting;
  const head = {
    customerId: profile.id,
    version: BigInt(profile.version),
    asOf: timestampFromMs(asOf),
  };
  return create(ProfileSchema, {
    ...head,
    identifiers: profile.identifiers.map(({ kind, value }) => ({ kind, value })),
    traits: traitsMessage(setting.traits),
    createdAt: instant(profile.createdAt),
    lastSeenAt: instant(profile.lastAt),
    timeZone: profile.zone,
    locale: profile.locale,
    session: {
      sessionId: profile.session.id,
      startedAt: instant(profile.session.startedAt),
      lastAt: instant(profile.session.lastAt),
      count: profile.session.count,
      channel: CHANNELS[profile.session.channel] ?? '',
    },
    counters: counterMessages(profile, asOf),
    affinities: affinityMessages(profile, asOf),
    viewed: newestFirst(profile.viewed.toArray(), ({ lastAt, ...viewed }) => ({
      ...viewed,
      lastAt: instant(lastAt),
    })),
    cart: profile.cart.map(({ productId, category, size, price, quantity, at }) => ({
      productId,
      category,
      size,
      price,
      quantity,
      addedAt: instant(at),
    })),
    checkout: profile.checkout === undefined ? undefined : checkoutMessage(profile.checkout),
    orders: newestFirst(
      profile.orders.filter(({ state }) => state === 'placed' || state === 'refunded'),
      ({ orderId, at, revenue, discount }) => ({ orderId, at: instant(at), revenue, discount }),
    ),
    owned: newestFirst(profile.owned, ({ productId, category, size, at, quantity, price }) => ({
      productId,
      category,
      size,
      at: instant(at),
      quantity,
      price,
    })),
    consents: consentMessages(profile),
    consentRequests: requestMessages(profile, asOf),
    channels: channelMessages(profile),
    contacts: newestFirst(profile.contacts.toArray(), (contact) => contactMessage(contact, setting)),
    offers: newestFirst(
      profile.offers.filter((offer) => offer.until > asOf),
      (offer) => offerMessage(offer, setting),
    ),
    plans: profile.plans.map((plan) => ({
      actionId: plan.action,
      variantId: plan.variant,
      channel: CHANNELS[plan.channel] ?? '',
      productId: plan.product,
      decidedAt: instant(plan.decidedAt),
      at: instant(plan.at),
      decisionId: decisionId(setting.decisionRef(plan.seq, plan.index)),
    })),
    timers: profile.timers.map(({ kind, key, due }) => ({
      kind: TIMER_KINDS[kind] ?? '',
      key: kind === CONSIDER ? slotText(readSlotKey(key).slot) : key,
      due: instant(due),
    })),
    attributes: attributeMessages(profile.attributes),
    supportCases: caseMessages(profile.supportCases),
    links: profile.links
      .filter(({ isUndone }) => !isUndone)
      .map(({ key, seq, index, at }) => ({
        linkId: decisionId(setting.decisionRef(seq, index)),
        identifier: { kind: key.slice(0, key.indexOf(':')), value: key.slice(key.indexOf(':') + 1) },
        at: instant(at),
      })),
    audiences: newestFirst(
      profile.audiences.filter(({ member }) => member === profile.id),
      (row) => membershipMessages(row, setting),
    ).flat(),
  });
}

/** None of one that has ended. */
function membershipMessages({ audience, version, ref, choice }: Membership, setting: ProfileSetting) {
  if (choice === undefined) return [];
  return [
    {
      ...{ audience, version: BigInt(version), actionId: choice.action, variantId: choice.variant },
      productIds: [...(choice.content?.productIds ?? [])],
      rendered: choice.content?.rendered ?? '',
      decisionId: decisionId(setting.decisionRef(ref.seq, ref.index)),
      notAfter: instant(choice.notAfter),
    },
  ];
}

function attributeMessages(rows: readonly AttributeRow[]) {
  return [...rows]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, value, at }) =>
      value === undefined ? [] : [{ name, value: traitValue(value), saidAt: instant(at) }],
    );
}

function newestFirst<T, M>(entries: readonly T[], message: (entry: T) => M): M[] {
  return entries.map(message).reverse();
}

function checkoutMessage(checkout: Checkout) {
  return {
    startedAt: instant(checkout.startedAt),
    lastAt: instant(checkout.lastAt),
    value: checkout.value,
    friction: FRICTIONS[checkout.friction] ?? 'none',
    channel: CHANNELS[checkout.channel] ?? '',
    exitedAt: instant(checkout.exitedAt),
  };
}

function contactMessage(contact: Contact, setting: ProfileSetting) {
  const place = setting.decisionRef(contact.seq, contact.index);
  return {
    decisionId: decisionId(place),
    dispatchId: contact.dispatched ? dispatchId(place, contact.choice) : '',
    actionId: contact.action,
    variantId: contact.variant,
    channel: CHANNELS[contact.channel] ?? '',
    at: instant(contact.at),
    state: CONTACT_STATES[contact.state] ?? '',
    counts: contact.counts,
    offerId: contact.offer,
    productId: contact.product,
    notAfter: instant(contact.notAfter),
  };
}

function offerMessage(offer: LiveOffer, setting: ProfileSetting) {
  return {
    offerId: offer.offer,
    kind: offer.kind,
    depth: offer.depth,
    code: offer.code,
    actionId: offer.action,
    at: instant(offer.at),
    until: instant(offer.until),
    decisionId: decisionId(setting.decisionRef(offer.seq, offer.index)),
  };
}
