/** What can be observed only of a running service: stories in an engine over the memory adapters. */

import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { channelIndex } from '../../core/channel.ts';
import { isCaseNews, isConsentNews, NEWS_NAMES } from '../../core/event/news.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { Delivery } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  order,
  product,
  startNode,
  TUESDAY,
} from '../../runtime/engine.fixture.ts';

const EMAIL = channelIndex('email');

/** Two checkouts of one customer, two hours apart, both left; what is delivered, and when. */
export async function leavesTwice(policy: Policy): Promise<unknown> {
  const node = await startNode(emptyStores(), { policy });
  const delivered: unknown[] = [];
  const deliver = ({ choice }: Delivery) => void delivered.push([choice.action, node.clock.now() - TUESDAY]);
  node.gateway.connect(EMAIL, 100, { deliver, withdraw: () => {} });
  for (const hours of [0, 2]) {
    const at = TUESDAY + hours * HOUR_MS;
    await node.advanceTo(at);
    await node.publish(event('Product Added', at, { products: [product('coat')] }));
    await node.publish(event('Checkout Started', at));
    await node.advanceTo(at + HOUR_MS);
  }
  return delivered;
}

/** A checkout that is left, then every kind of news of a consent, an order and a support case, two hours apart; what is delivered, and when. */
export async function hasNews(policy: Policy): Promise<unknown> {
  const node = await startNode(emptyStores(), { policy });
  const delivered: unknown[] = [];
  const deliver = ({ choice }: Delivery) => void delivered.push([choice.action, node.clock.now() - TUESDAY]);
  node.gateway.connect(EMAIL, 100, { deliver, withdraw: () => {} });
  await node.publish(event('Checkout Started', TUESDAY, { products: [product('coat')] }));
  for (const [i, name] of NEWS_NAMES.entries()) {
    const at = TUESDAY + 2 * (i + 1) * HOUR_MS;
    await node.advanceTo(at);
    await node.publish(
      isConsentNews(name)
        ? event(name, at, { properties: { channel: 'email', purpose: 'marketing', granted: true } })
        : isCaseNews(name)
          ? event(name, at, { properties: { case_id: 'c1' } })
          : event(name, at, { order: order('o1', 100) }),
    );
    await node.advanceTo(at + HOUR_MS);
  }
  return delivered;
}

/** Somebody looks around, and comes back no more; what is delivered to them by itself, and when. */
export async function isConsidered(policy: Policy): Promise<unknown> {
  const node = await startNode(emptyStores(), { policy });
  const delivered: unknown[] = [];
  const deliver = ({ choice }: Delivery) => void delivered.push([choice.action, node.clock.now() - TUESDAY]);
  node.gateway.connect(EMAIL, 100, { deliver, withdraw: () => {} });
  await node.publish(event('Page Viewed', TUESDAY));
  await node.advanceTo(TUESDAY + DAY_MS);
  return delivered;
}

/** Two dozen customers are written to while no channel system takes anything; what each was decided. */
export async function mailsMany(policy: Policy): Promise<unknown> {
  const node = await startNode(emptyStores(), { policy });
  const decided: unknown[] = [];
  for (let n = 0; n < 24; n++) {
    const identifiers = [{ kind: 'loyalty', value: `C${n}` }];
    const outcome = await node.decide(
      decideInput(`r${n}`, { identifiers, placements: [], dispatch: true, timeZone: 'Europe/London' }),
    );
    if (outcome.kind !== 'decided') throw new Error(outcome.message);
    decided.push(outcome.fact.choices.map(({ kind, reason }) => [kind, reason]));
  }
  return decided;
}

/** An order of 100 dollars; what the customer has spent then, or why it was refused. */
export async function buysInDollars(policy: Policy): Promise<unknown> {
  const node = await startNode(emptyStores(), { policy });
  const outcome = await node.publish(
    event('Order Completed', TUESDAY, { order: order('o1', 100), currency: 'USD' }),
  );
  if (outcome.kind !== 'accepted') return outcome;
  return await node.gateway.read(
    { identifiers: [{ kind: 'loyalty', value: 'L1' }] },
    ({ revenue }) => revenue,
  );
}

/** Three addresses of which two are known already, each named with the same card; whose they are then. */
export async function meetsThree(policy: Policy): Promise<unknown> {
  const node = await startNode(emptyStores(), { policy });
  const card = { kind: 'loyalty', value: 'L1' };
  const mails = ['a', 'b', 'c'].map((letter) => ({ kind: 'email_sha256', value: letter.repeat(64) }));
  const named = [...mails.slice(1).map((mail) => [mail]), ...mails.map((mail) => [card, mail])];
  for (const identifiers of named) await node.publish(event('Page Viewed', TUESDAY, { identifiers }));
  return await Promise.all(
    mails.map((mail) =>
      node.read({ identifiers: [mail] }, ({ key, identifiers }) => [key, identifiers.length]),
    ),
  );
}

/** The shop tells a word of the customer; what its sender hears, and what is known then. */
export async function isTold(policy: Policy): Promise<unknown> {
  const node = await startNode(emptyStores(), { policy });
  const outcome = await node.publish(event('Profile Updated', TUESDAY, { properties: { word: 'blue' } }));
  const known = await node.gateway.read(
    { identifiers: [{ kind: 'loyalty', value: 'L1' }] },
    ({ attributes }) => attributes,
  );
  return { outcome, known };
}
