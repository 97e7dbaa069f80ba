/**
 * Sends a shop's real life through the service, in the order and the time of the data: events and decisions over gRPC,
 * the service's clock advanced to each moment. Counts itself what was sent and answered.
 *
 * I1  A moment begins when everything of the one before is answered: no decision sees an event of the future.
 */
import type { AttuneClient } from '../../client/attune-client.ts';
import type { DecideStream } from '../../client/decide-stream.ts';
import type { EventStream } from '../../client/event-stream.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import { type DecideReply, Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import { eventInit } from '../../scenario/virtual/event-init.ts';
import type { RetailProduct } from '../../world/online-retail/product-titles.ts';
import { OrderBooks } from './order-books.ts';
import { OwnedProducts, type Promotion, type SuppressionTimes } from './owned-products.ts';
import { momentsOf, type ReplayStep } from './replay-moments.ts';

export interface ReplayInput {
  readonly client: AttuneClient;
  readonly products: Iterable<RetailProduct>;
  readonly events: Iterable<EventInput>;
  readonly placement: string;
  readonly suppression: SuppressionTimes;
  /** Ids of the actions that promote something for sale; the others (care, service) may name what the customer owns. */
  readonly promotions: ReadonlySet<string>;
  /** Advances the service's clock; resolves when it is there. */
  readonly advanceTo: (to: number) => Promise<void>;
  readonly onProgress: (accounts: Accounts, at: number) => void;
}

/** What was sent, and what came back. Amounts in currency. */
export interface Accounts {
  products: number;
  events: number;
  orders: number;
  refunds: number;
  decisions: number;
  /** Decisions made while a product that the customer owns was under suppression. */
  decisionsAtRisk: number;
  /** Value of the accepted orders less that of the accepted refunds, in thousandths. */
  netMills: number;
  /** What the accepted orders and refunds come to. */
  readonly books: OrderBooks;
  /** By action, or the reason why there was none. */
  readonly choices: Map<string, number>;
  readonly customers: Set<string>;
  /** Laws that a decision or an answer broke: sentences. */
  readonly brokenLaws: string[];
}

/** Requests of one moment that are under way at a time; customers beyond it wait. */
const CUSTOMERS_AT_ONCE = 128;
const DEADLINE_MS = 60_000;

/** Runs the whole replay. Throws AttuneError when the service goes away. */
export async function runReplay(input: ReplayInput): Promise<Accounts> {
  const accounts: Accounts = {
    products: 0,
    events: 0,
    orders: 0,
    refunds: 0,
    decisions: 0,
    decisionsAtRisk: 0,
    netMills: 0,
    books: new OrderBooks(),
    choices: new Map(),
    customers: new Set(),
    brokenLaws: [],
  };
  await sendCatalog(input, accounts);
  const run: Run = {
    accounts,
    owned: new OwnedProducts(input.suppression),
    placement: input.placement,
    promotions: input.promotions,
    events: input.client.streamEvents(DEADLINE_MS),
    decisions: input.client.decideStream(DEADLINE_MS),
  };
  try {
    for (const { at, byCustomer } of momentsOf(input.events)) {
      await input.advanceTo(at);
      for (let from = 0; from < byCustomer.length; from += CUSTOMERS_AT_ONCE)
        await Promise.all(
          byCustomer.slice(from, from + CUSTOMERS_AT_ONCE).map((steps) => runAll(run, steps)),
        );
      input.onProgress(accounts, at);
    }
  } finally {
    run.events.close();
    run.decisions.close();
  }
  return accounts;
}

interface Run {
  readonly accounts: Accounts;
  readonly owned: OwnedProducts;
  readonly placement: string;
  readonly promotions: ReadonlySet<string>;
  readonly events: EventStream;
  readonly decisions: DecideStream;
}

async function sendCatalog({ client, products }: ReplayInput, accounts: Accounts): Promise<void> {
  const results = await client.upsertProducts(
    [...products].map(({ productId, title, category, price }) => ({ productId, title, category, price })),
  );
  accounts.products = results.length;
  for (const { productId, accepted } of results)
    if (!accepted) accounts.brokenLaws.push(`product ${productId} was not accepted into the catalogue`);
}

async function runAll(run: Run, steps: readonly ReplayStep[]): Promise<void> {
  for (const step of steps) await (step.kind === 'event' ? publish(run, step) : decide(run, step));
}

async function publish({ events, accounts, owned }: Run, { event, customer }: ReplayStep): Promise<void> {
  const { status, violations, warnings } = await events.send(eventInit(event));
  if (status !== EventStatus.ACCEPTED) {
    const why = violations.map(({ field, message }) => `${field}: ${message}`).join('; ');
    accounts.brokenLaws.push(`event ${event.id} was answered ${statusName(status)} ${why}`);
    return;
  }
  owned.apply(customer, event);
  accounts.customers.add(customer);
  accounts.events++;
  const isRefund = event.name === 'Order Refunded';
  if (isRefund) {
    accounts.refunds++;
    accounts.books.refund(
      customer,
      event,
      warnings.some(({ rule }) => rule === 'order.older'),
    );
  } else {
    accounts.orders++;
    accounts.books.order(customer, event);
  }
  const sign = isRefund ? -1 : 1;
  accounts.netMills += sign * Math.round((event.order?.total ?? 0) * 1_000);
}

async function decide(
  { decisions, accounts, owned, placement, promotions }: Run,
  step: ReplayStep,
): Promise<void> {
  const { event, customer, at, kind } = step;
  const reply = await decisions.decide({
    requestId: `${event.id}-${kind}`,
    identifiers: event.identifiers.map(({ kind, value }) => ({ kind, value })),
    placements: [placement],
    delivery: Delivery.RETURN,
    context: { channel: 'web', timeZone: event.context?.timeZone ?? '' },
  });
  accounts.decisions++;
  if (owned.isAtRisk(customer, at)) accounts.decisionsAtRisk++;
  const name = choiceName(reply);
  accounts.choices.set(name, (accounts.choices.get(name) ?? 0) + 1);
  const [choice, ...more] = reply.choices;
  if (choice === undefined || more.length > 0 || reply.decisionId === '')
    accounts.brokenLaws.push(`request ${event.id}-${kind} was answered with ${reply.choices.length} choices`);
  if (choice !== undefined && !(choice.propensity > 0 && choice.propensity <= 1))
    accounts.brokenLaws.push(`decision ${reply.decisionId} was drawn with probability ${choice.propensity}`);
  for (const offence of owned.offences(customer, at, promotedBy(reply, promotions)))
    accounts.brokenLaws.push(`decision ${reply.decisionId} promoted ${offence} to ${customer} (${name})`);
}

function choiceName({ choices }: DecideReply): string {
  const outcome = choices[0]?.outcome;
  if (outcome?.case === 'treatment') return outcome.value.actionId;
  return outcome?.case === 'noAction' ? outcome.value.reason : 'LATER';
}

/** The starter policy's content names a category in the slot of that name. */
function promotedBy({ choices }: DecideReply, promotions: ReadonlySet<string>): Promotion {
  const outcome = choices[0]?.outcome;
  if (outcome?.case !== 'treatment' || !promotions.has(outcome.value.actionId))
    return { products: [], category: undefined };
  const { content } = outcome.value;
  return { products: content?.productIds ?? [], category: content?.slots.category || undefined };
}

function statusName(status: number): string {
  return Object.entries(EventStatus).find(([, value]) => value === status)?.[0] ?? String(status);
}
