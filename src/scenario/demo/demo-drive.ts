// Long because the shop and its channel systems answer to each other through one state.
/**
 * The shop's customers and channel systems on one side, the service's client on the other. Owned by the demo.
 *
 * I1  Nothing is under way when the clock advances, so a customer's seconds are exact, however slow the machine.
 * I2  A customer's own steps go one after the other; those of different customers go together.
 * I3  Steps of one quantum share the clock. A quantum is shorter than any window of the starter policy, and the
 *     story's customer's steps stand alone, at their own times.
 */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import type { AttuneClient } from '../../client/attune-client.ts';
import type { ChannelStream } from '../../client/channel-stream.ts';
import type { DecideStream } from '../../client/decide-stream.ts';
import type { EventStream } from '../../client/event-stream.ts';
import { CHANNELS } from '../../core/channel.ts';
import type { WatchedDecision } from '../../gen/attune/v1/admin_pb.ts';
import { type Deliver, FeedbackKind, FeedbackStatus } from '../../gen/attune/v1/channel_pb.ts';
import { type Choice, Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import type { Treatment } from '../../gen/attune/v1/treatment_pb.ts';
import type { Shop } from '../../world/shop.ts';
import type { ShopDecideStep, ShopFeedbackStep, ShopStep } from '../../world/shop-step.ts';
import { STORY_CUSTOMER } from '../../world/story.ts';
import { customersById } from '../virtual/drive-shop.ts';
import { eventInit } from '../virtual/event-init.ts';
import type { VirtualNodeProcess } from '../virtual/virtual-node-process.ts';
import type { DemoTally } from './demo-tally.ts';
import type { Diary } from './diary.ts';
import { eventText, feedbackText, sentText, shownText } from './entry-text.ts';
import { servedTreatment } from './served-treatment.ts';

const QUANTUM_MS = MINUTE_MS;
/** How long a delivery may take from the service to here before the demo goes on without it. */
const DELIVERY_MS = 2_000;
const DEADLINE_MS = 60_000;

export interface DemoParts {
  readonly client: AttuneClient;
  readonly service: VirtualNodeProcess;
  readonly shop: Shop;
  readonly tally: DemoTally;
  readonly diary: Diary;
}

export class DemoDrive {
  readonly #parts: DemoParts;
  readonly #events: EventStream;
  readonly #decisions: DecideStream;
  readonly #channels = new Map<string, ChannelStream>();
  readonly #customers: ReadonlyMap<string, number>;
  /** Action by what names a treatment in feedback. */
  readonly #actions = new Map<string, string>();
  /** Received from the service, and not yet with the customer. */
  readonly #undeliveredToShop: Deliver[] = [];
  #arrivedCount = 0;
  #onArrival: () => void = () => {};
  #postponedStep: ShopStep | undefined;
  #closed = false;

  constructor(parts: DemoParts) {
    this.#parts = parts;
    this.#events = parts.client.streamEvents(DEADLINE_MS);
    this.#decisions = parts.client.decideStream(DEADLINE_MS);
    this.#customers = customersById(parts.shop);
    for (const channel of CHANNELS) this.#channels.set(channel, this.#connect(channel));
  }

  /** Lives one quantum of the shop's time, or less: up to the service's next alarm, or the next step of the story's customer. */
  async step(): Promise<void> {
    const { now, next } = this.#parts.service.state;
    const horizon = Math.min(now + QUANTUM_MS, next ?? Number.POSITIVE_INFINITY);
    const steps = this.#nextSteps(horizon);
    await this.#advanceTo(steps.at(-1)?.at ?? horizon);
    await Promise.all([...byCustomer(steps).values()].map((own) => this.#runAll(own)));
    this.#deliverAll();
  }

  /** Decisions that the service makes by itself, for the tally and the diary. Ends when the drive is closed. */
  async watch(): Promise<void> {
    try {
      const watched = this.#parts.client.admin.watchDecisions({ sample: 1, perSecondMax: 1_000 });
      for await (const decision of watched) this.#noteDecision(decision);
    } catch (fault) {
      if (!this.#closed) throw fault;
    }
  }

  close(): void {
    this.#closed = true;
    this.#events.close();
    this.#decisions.close();
    for (const stream of this.#channels.values()) stream.close();
  }

  /** Steps up to the horizon; those of the story's customer stand alone. */
  #nextSteps(horizon: number): ShopStep[] {
    const { shop } = this.#parts;
    if (this.#postponedStep !== undefined) {
      const alone = this.#postponedStep;
      this.#postponedStep = undefined;
      return [alone];
    }
    const steps: ShopStep[] = [];
    for (let step = shop.next(horizon); step !== undefined; step = shop.next(horizon)) {
      if (step.customer === STORY_CUSTOMER) {
        if (steps.length === 0) return [step];
        this.#postponedStep = step;
        break;
      }
      steps.push(step);
    }
    return steps;
  }

  /** Advances alarm by alarm; what the service sends to channel systems is received at its moment. */
  async #advanceTo(to: number): Promise<void> {
    const { service } = this.#parts;
    do {
      const { instructionCount } = await service.advanceTo(to);
      await this.#untilArrived(instructionCount);
      this.#deliverAll();
    } while (service.state.now < to);
  }

  /** Waits until everything that the service has sent is here. */
  async #untilArrived(count: number): Promise<void> {
    const until = performance.now() + DELIVERY_MS;
    while (this.#arrivedCount < count && performance.now() < until)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, until - performance.now());
        this.#onArrival = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    // The client does not pass on a repeated delivery; it is not waited for a second time.
    this.#arrivedCount = Math.max(this.#arrivedCount, count);
  }

  #noteArrival(): void {
    this.#arrivedCount++;
    this.#onArrival();
  }

  async #runAll(steps: readonly ShopStep[]): Promise<void> {
    for (const step of steps) {
      if (step.kind === 'event') await this.#publish(step);
      else if (step.kind === 'decide') await this.#decide(step);
      else await this.#report(step);
    }
  }

  async #publish({ event, customer, at }: ShopStep & { kind: 'event' }): Promise<void> {
    const { tally, diary, shop } = this.#parts;
    const started = performance.now();
    const result = await this.#events.send(eventInit(event));
    tally.publishMs.addMs(performance.now() - started);
    tally.events++;
    if (result.status !== EventStatus.ACCEPTED)
      tally.countRefusal(
        `event ${event.name}: ${result.violations[0]?.message ?? `status ${result.status}`}`,
      );
    const kind = event.name === 'Order Completed' ? 'order' : 'event';
    diary.note(customer, { at, kind, text: eventText(event, shop.catalog), decisionId: undefined });
  }

  async #decide({
    requestId,
    identifiers,
    placement,
    channel,
    customer,
    at,
    timeZone,
    locale,
  }: ShopDecideStep): Promise<void> {
    const { tally, diary } = this.#parts;
    const outreach = placement === '';
    const started = performance.now();
    const reply = await this.#decisions.decide({
      requestId,
      identifiers: identifiers.map(({ kind, value }) => ({ kind, value })),
      placements: outreach ? [] : [placement],
      delivery: outreach ? Delivery.DISPATCH : Delivery.RETURN,
      context: { channel, timeZone, locale },
    });
    tally.decideMs.addMs(performance.now() - started);
    tally.decisions++;
    tally.countChoices(reply.choices);
    for (const { outcome } of reply.choices) {
      // What is dispatched goes by way of its channel system.
      if (outreach || outcome.case !== 'treatment') continue;
      diary.note(customer, {
        at,
        kind: 'shown',
        text: shownText(placement, outcome.value),
        decisionId: reply.decisionId,
      });
      this.#serve(customer, outcome.value.tracking, outcome.value, at);
    }
  }

  async #report({ ref, channel, id, feedback, customer, at }: ShopFeedbackStep): Promise<void> {
    const { tally, diary } = this.#parts;
    const tracked = ref.includes('.');
    const result = await this.#channels.get(channel)?.feedback({
      id,
      dispatchId: tracked ? '' : ref,
      tracking: tracked ? ref : '',
      kind: FeedbackKind[feedback.toUpperCase() as keyof typeof FeedbackKind],
      occurredAt: timestampFromMs(at),
    });
    tally.feedback++;
    if (result?.status === FeedbackStatus.REJECTED)
      tally.countRefusal(`feedback ${feedback}: ${result.violations[0]?.message ?? ''}`);
    const kind = feedback === 'clicked' ? 'click' : 'feedback';
    const text = feedbackText(feedback, channel, this.#actions.get(ref) ?? 'something');
    diary.note(customer, { at, kind, text, decisionId: undefined });
  }

  #connect(channel: string): ChannelStream {
    const { client, shop, tally } = this.#parts;
    return client.connectChannel({
      channel,
      credits: 1_000,
      client: 'demo',
      onDeliver: (delivery) => {
        this.#undeliveredToShop.push(delivery);
        this.#noteArrival();
        return undefined;
      },
      onWithdraw: ({ dispatchId }) => {
        tally.withdrawals++;
        this.#noteArrival();
        return shop.withdraw(dispatchId);
      },
      onError: (fault) => {
        if (!this.#closed) tally.countRefusal(`channel ${channel}: ${fault.message}`);
      },
    });
  }

  /** Hands all deliveries to their customers, now. */
  #deliverAll(): void {
    const { tally, diary, service } = this.#parts;
    const { now } = service.state;
    for (const { dispatchId, customerId, treatment } of this.#undeliveredToShop.splice(0)) {
      tally.dispatches++;
      const customer = this.#customers.get(customerId);
      if (customer === undefined || treatment === undefined) {
        tally.countRefusal(`a delivery for ${customerId}, who is no customer of the shop`);
        continue;
      }
      const decisionId = dispatchId.slice(0, dispatchId.lastIndexOf('-'));
      diary.note(customer, { at: now, kind: 'sent', text: sentText(treatment), decisionId });
      this.#serve(customer, dispatchId, treatment, now);
    }
  }

  #serve(customer: number, ref: string, treatment: Treatment, at: number): void {
    this.#actions.set(ref, treatment.actionId);
    this.#parts.shop.onTreatment(customer, servedTreatment(ref, treatment), at);
  }

  #noteDecision({ at, cause, decision }: WatchedDecision): void {
    if (cause === 'request' || decision === undefined) return;
    const { tally, diary } = this.#parts;
    tally.ownDecisions++;
    tally.countChoices(decision.choices);
    const customer = this.#customers.get(decision.customerId);
    if (customer === undefined) return;
    const [choice] = decision.choices;
    const what = ownText(choice?.outcome);
    diary.note(customer, {
      at: Number(at?.seconds ?? 0n) * SECOND_MS + (at?.nanos ?? 0) / 1e6,
      kind: 'decided',
      text: `the service decides by itself (${cause}), ${what}`,
      decisionId: decision.decisionId,
    });
  }
}

function ownText(outcome: Choice['outcome'] | undefined): string {
  if (outcome?.case === 'treatment') return `for ${outcome.value.actionId}`;
  return outcome?.case === 'later' ? `for ${outcome.value.actionId}, later` : 'for nothing';
}

function byCustomer(steps: readonly ShopStep[]): Map<number, ShopStep[]> {
  const groups = new Map<number, ShopStep[]>();
  for (const step of steps) {
    const own = groups.get(step.customer);
    if (own === undefined) groups.set(step.customer, [step]);
    else own.push(step);
  }
  return groups;
}
