/**
 * Drives the simulated shop through a node's own gateway in virtual time: sends its events, requests and feedback, and
 * shows or sends the decisions to its customers.
 *
 * I1  Steps are sent in order of time. The node works only after all steps of one quantum, so that it groups them as it
 *     would under load; a reaction to what is shown starts up to a quantum late.
 * I2  The same shop, node seed and options give the same log: the node's stores work in memory, in order.
 */
import type { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { MINUTE_MS } from '../../base/clock.ts';
import { murmur3 } from '../../base/hash.ts';
import type { CatalogUpdate } from '../../core/catalog/catalog-columns.ts';
import { CHANNELS } from '../../core/channel.ts';
import { trackingToken } from '../../core/decide/decision-id.ts';
import type { Choice } from '../../core/fact/fact.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Node } from '../../node/open-node.ts';
import type { ChannelConnection, Decided, PublishOutcome } from '../../port/customers.ts';
import type { ShopCatalog } from '../../world/catalog.ts';
import type { Shop } from '../../world/shop.ts';
import type { ShopDecideStep, ShopFeedbackStep, ShopStep } from '../../world/shop-step.ts';
import { shopperIdentifiers } from '../../world/shopper-identity.ts';
import { shopTreatment } from '../../world/treatment.ts';
import { untilQuiet } from './until-quiet.ts';

const QUANTUM_MS = MINUTE_MS;
const NEVER = Number.POSITIVE_INFINITY;
const BYTES = 256;

export interface Drive {
  readonly node: Node;
  readonly shop: Shop;
  readonly clock: VirtualClock;
  /** Virtual time at which the shop's customers fall silent. */
  readonly closesAt: number;
  /** Virtual time at which driving ends: between the two only the node's own timers fire, and what was decided matures. */
  readonly until: number;
  /** Called with every decision that the shop asked for. */
  readonly onDecided?: (step: ShopDecideStep, decided: Decided) => void;
  readonly onProgress?: (now: number) => void;
}

/** Counts of what was sent and received. */
export interface DriveTotals {
  steps: number;
  decisions: number;
  deliveries: number;
  /** By sentence. */
  readonly refusals: Map<string, number>;
}

/** Runs the shop until the drive's end. Resolves when nothing is under way and all is in the log. */
export async function driveShop(drive: Drive): Promise<DriveTotals> {
  const { node, shop, clock, closesAt, until } = drive;
  const totals: DriveTotals = { steps: 0, decisions: 0, deliveries: 0, refusals: new Map() };
  await node.catalog.upsert(catalogUpdates(shop.catalog));
  const sessions = connectChannels(drive, totals);
  for (;;) {
    const due = Math.min(until, clock.next ?? until);
    const first = shop.next(Math.min(closesAt, due));
    if (first === undefined) {
      clock.advanceTo(due);
      await untilQuiet(node.engine);
      drive.onProgress?.(due);
      if (due >= until) break;
      continue;
    }
    const end = Math.min(closesAt, first.at + QUANTUM_MS);
    for (let step: ShopStep | undefined = first; step !== undefined; step = shop.next(end)) {
      clock.advanceTo(step.at);
      sendStep(drive, totals, step);
    }
    await untilQuiet(node.engine);
  }
  for (const session of sessions) session.close();
  return totals;
}

/** The shop's products as updates of the catalogue. */
export function catalogUpdates(catalog: ShopCatalog): CatalogUpdate[] {
  return catalog.products.map((product) => ({
    productId: product.productId,
    title: product.title,
    category: product.category,
    brand: product.brand,
    price: product.price,
    margin: product.margin,
    url: product.url,
    image: product.image,
    variants: [...product.stock].map(([size, stock]) => ({ size, stock })),
    substitutes: [...product.substitutes],
  }));
}

/** The shop's customers by the ids that the service gives them. */
export function customersById(shop: Shop): Map<string, number> {
  const customers = new Map<string, number>();
  for (let customer = 0; customer < shop.customers; customer++) {
    const [strongest] = shopperIdentifiers(shop.truth(customer));
    if (strongest !== undefined) customers.set(addresseeOf(strongest.kind, strongest.value).id, customer);
  }
  return customers;
}

function sendStep(drive: Drive, totals: DriveTotals, step: ShopStep): void {
  totals.steps++;
  if (step.kind === 'event') drive.node.gateway.publish(step.event, BYTES, NEVER, refusalCounter(totals));
  else if (step.kind === 'decide') decide(drive, totals, step);
  else report(drive, totals, step);
}

function decide(drive: Drive, totals: DriveTotals, step: ShopDecideStep): void {
  const outreach = step.placement === '';
  drive.node.gateway.decide(
    {
      requestId: step.requestId,
      identifiers: step.identifiers,
      events: [],
      placements: outreach ? [] : [step.placement],
      dispatch: outreach,
      timeZone: step.timeZone,
      locale: step.locale,
      device: '',
      page: '',
      channel: step.channel,
      alternativesMax: 0,
      dryRun: false,
      bodyHash: murmur3(step.requestId, 0),
    },
    BYTES,
    NEVER,
    (outcome) => {
      if (outcome.kind === 'refused') return countRefusal(totals, outcome.message);
      totals.decisions++;
      drive.onDecided?.(step, outcome);
      // What is dispatched goes by way of its channel system.
      if (outreach) return;
      outcome.fact.choices.forEach((choice, i) => {
        if (choice.kind !== 'treatment') return;
        serve(drive, step.customer, trackingToken(outcome.fact.customer, outcome.place, i), choice, step.at);
      });
    },
  );
}

function report({ node }: Drive, totals: DriveTotals, step: ShopFeedbackStep): void {
  const tracked = step.ref.includes('.');
  node.gateway.feedback(
    {
      channel: step.channel,
      id: step.id,
      dispatchId: tracked ? '' : step.ref,
      tracking: tracked ? step.ref : '',
      identifiers: [],
      kind: step.feedback,
      occurredAt: step.at,
      machine: false,
      link: '',
      value: 0,
      scope: '',
      bodyHash: murmur3(step.id, 0),
    },
    refusalCounter(totals),
  );
}

/** Channel systems that accept everything at once and hand it to its customer. */
function connectChannels(drive: Drive, totals: DriveTotals): ChannelConnection[] {
  const { node, shop, clock } = drive;
  const customers = customersById(shop);
  return CHANNELS.map((name, channel) => {
    const session = node.gateway.connect(channel, 1_000, {
      deliver: (delivery) => {
        totals.deliveries++;
        session
          .accepted(delivery.dispatchId)
          .then(refusalCounter(totals), (fault: unknown) => countRefusal(totals, String(fault)));
        session.credit(1);
        const customer = customers.get(delivery.customerId);
        if (customer === undefined)
          countRefusal(totals, `${name} received a delivery for an unknown customer`);
        else serve(drive, customer, delivery.dispatchId, delivery.choice, clock.now());
      },
      withdraw: (dispatchId) => {
        const late = !shop.withdraw(dispatchId);
        session
          .withdrawn(dispatchId, late)
          .then(refusalCounter(totals), (fault: unknown) => countRefusal(totals, String(fault)));
      },
    }) as ChannelConnection;
    return session;
  });
}

function serve({ shop }: Drive, customer: number, ref: string, choice: Choice, at: number): void {
  const served = {
    actionId: choice.action,
    channel: CHANNELS[choice.channel] ?? '',
    productIds: choice.content?.productIds ?? [],
    offer: choice.offer,
  };
  shop.onTreatment(customer, shopTreatment(ref, served), at);
}

function refusalCounter(totals: DriveTotals): (outcome: PublishOutcome) => void {
  return (outcome) => {
    if (outcome.kind === 'refused') countRefusal(totals, outcome.message);
  };
}

function countRefusal({ refusals: refused }: DriveTotals, sentence: string): void {
  refused.set(sentence, (refused.get(sentence) ?? 0) + 1);
}
