/**
 * One customer takes in another: two profiles of one person become one. A function of both, so that a fold comes to the same.
 * Sums add up, rows are united by their names (dispatch, order, event), of a consent the refusal stands.
 */
import { uniteAudiences } from '../audiences.ts';
import { fillCart, refreshCart, takeSettled } from '../cart.ts';
import { closeCheckout } from '../checkout.ts';
import { uniteDevices } from '../devices.ts';
import { uniteSilence } from '../fold-erasure.ts';
import { uniteSpentTokens } from '../landing.ts';
import { sumOrders } from '../order-ledger.ts';
import type { CartEvent, Profile } from '../profile.ts';
import { uniteCases } from '../support-case.ts';
import { uniteKeptApart } from './kept-apart.ts';
import { uniteLinks } from './links.ts';
import {
  uniteAffinities,
  uniteAttributes,
  uniteConsent,
  uniteCounters,
  uniteIdentifiers,
  unitePresence,
  uniteViewed,
} from './unite-habits.ts';
import { uniteContacts, uniteOffers, unitePending, unitePlans, uniteSeen } from './unite-ledgers.ts';
import { uniteOrders } from './unite-orders.ts';

/** `from` is used up; its decisions carry the names that the shard of `into` has for them (rehome.ts). */
export function absorbProfile(into: Profile, from: Profile): void {
  uniteSilence(into, from);
  uniteCounters(into, from);
  uniteAffinities(into, from);
  uniteCarts(into, from);
  uniteOrders(into, from);
  uniteViewed(into, from);
  uniteConsent(into, from);
  unitePresence(into, from);
  uniteIdentifiers(into, from);
  uniteContacts(into, from);
  uniteOffers(into, from);
  unitePlans(into, from);
  unitePending(into, from);
  uniteSeen(into, from);
  uniteAttributes(into, from);
  uniteAudiences(into, from);
  uniteSpentTokens(into, from);
  uniteDevices(into, from);
  into.supportCases = uniteCases(into.supportCases, from.supportCases);
  into.claims = [
    ...into.claims,
    ...from.claims.filter(({ key }) => key !== into.key && !into.claims.some((own) => own.key === key)),
  ];
  uniteLinks(into, from);
  uniteKeptApart(into, from);
  sumOrders(into);
  for (const order of into.orders) if (order.state === 'placed') closeCheckout(into, order.at);
  refreshCart(into, into.lastAt);
  fillCart(into);
}

/** What either side bought comes out of what the other put into its cart. */
function uniteCarts(into: Profile, from: Profile): void {
  const until = Math.max(into.cartFrom, from.cartFrom);
  settle(into, from, until);
  settle(from, into, until);
  into.cartFrom = until;
  const events: CartEvent[] = [...into.cartEvents, ...from.cartEvents];
  into.cartEvents.length = 0;
  into.cartEvents.push(...events.sort((a, b) => a.at - b.at || Number(a.isTaken) - Number(b.isTaken)));
}

/** Orders up to `until` that the cart's own settling did not see; later ones are taken out whenever the cart is made. */
function settle(cart: Profile, other: Profile, until: number): void {
  for (const { at, tellings } of [
    ...cart.orders.filter((order) => order.at > cart.cartFrom),
    ...other.orders,
  ])
    if (at <= until) for (const { lines } of tellings) takeSettled(cart, lines, at);
}
