import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { EventInit } from '../../client/event-init.ts';
import { type EventResult, EventStatus } from '../../gen/attune/v1/event_pb.ts';
import { type Complaint, complaint, failOn } from '../expect/failure.ts';
import { matchViolations, matchWarnings } from '../expect/match-refusal.ts';
import type { ScenarioEvent } from '../file/shape-event.ts';
import { listOf } from '../file/shape-words.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { landingEvent } from './step-landing.ts';
import { scenarioEventInit } from './wire-event.ts';

interface Sent {
  readonly event: ScenarioEvent;
  readonly init: EventInit;
  readonly who: string;
}

/** The events of a step with their times, `times` unfolded. */
export function eventsOf(run: ScenarioRun, events: readonly ScenarioEvent[], customer?: string): Sent[] {
  return events.flatMap((given) => {
    const event = landingEvent(run, given);
    const who = run.customer(event.customer ?? customer);
    const times = event.times ?? 1;
    const device = run.now + (event.clock_ahead ?? 0) - (event.clock_behind ?? 0);
    const at = device - (event.ago ?? 0) + (event.ahead ?? 0);
    const sentAt = device === run.now ? {} : { sentAt: timestampFromMs(device) };
    return Array.from({ length: times }, (_, n) => ({
      event,
      who: who.name,
      init: {
        ...scenarioEventInit(
          numbered(event, times === 1 ? run.round : n),
          who.customer,
          event.id === undefined ? run.freshId('e') : times === 1 ? event.id : `${event.id}-${n}`,
          at - (times - 1 - n) * (event.every ?? 0),
        ),
        ...sentAt,
      },
    }));
  });
}

/** One of several, or of a round of `repeat` or `for_each`: {n} in the number of its order is which one. */
function numbered(event: ScenarioEvent, n: number | undefined): ScenarioEvent {
  const { order } = event;
  if (order === undefined || n === undefined) return event;
  return { ...event, order: { ...order, order_id: order.order_id.replaceAll('{n}', String(n)) } };
}

export async function runPublishStep(run: ScenarioRun, events: readonly ScenarioEvent[]): Promise<void> {
  const sent = eventsOf(run, events);
  const results = await run.client.publish(sent.map(({ init }) => init));
  const complaints: Complaint[] = [];
  for (const [at, { event, init, who }] of sent.entries()) {
    const result = results[at];
    if (result === undefined) continue;
    const status = statusName(result);
    run.timeline.add(run.now, `${who}: ${eventText(init)}: ${status}${faultsText(result)}`);
    if (status === 'accepted') {
      const customerId = run.customerId([...(init.identifiers ?? [])].map(plain));
      run.acknowledgedEvents.push({ source: init.source ?? '', id: init.id ?? '', customerId });
    }
    const expected = event.expect?.status ?? 'accepted';
    if (status !== expected)
      complaints.push(complaint(`"${event.event}" to be ${expected}`, `${status}${faultsText(result)}`));
    if (event.expect !== undefined) {
      complaints.push(...matchViolations(event.expect, result.violations, ''));
      complaints.push(...matchWarnings(event.expect.warnings, result.warnings));
    }
  }
  failOn(complaints);
  await run.untilQuiet();
}

export function statusName(result: EventResult): 'accepted' | 'duplicate' | 'rejected' | 'retry' {
  switch (result.status) {
    case EventStatus.ACCEPTED:
      return 'accepted';
    case EventStatus.DUPLICATE:
      return 'duplicate';
    case EventStatus.REJECTED:
      return 'rejected';
    default:
      return 'retry';
  }
}

function faultsText(result: EventResult): string {
  const told = [...result.violations, ...result.warnings];
  return told.length === 0 ? '' : ` (${told.map((one) => one.message).join('; ')})`;
}

function eventText(init: EventInit): string {
  const products = (init.products ?? []).map((product) => product.productId).join(', ');
  const order = init.order?.orderId === undefined ? '' : ` ${init.order.orderId}`;
  const where = init.channel === undefined || init.channel === '' ? '' : ` (${init.channel})`;
  const at =
    init.occurredAt === undefined
      ? ''
      : ` of ${new Date(timestampMs(init.occurredAt as never)).toISOString()}`;
  return `${init.name}${order}${products === '' ? '' : ` of ${products}`}${where}${at}`;
}

function plain(identifier: { kind?: string; value?: string }): { kind: string; value: string } {
  return { kind: identifier.kind ?? '', value: identifier.value ?? '' };
}

/** Consents and catalogue that a scenario declares beside its steps. */
export async function publishConsents(run: ScenarioRun): Promise<void> {
  for (const [name, customer] of Object.entries(run.scenario.customers)) {
    const events = listOf(customer.consents).map(
      (channel): ScenarioEvent => ({
        event: 'Consent Updated',
        customer: name,
        historical: true,
        ago: 365 * 86_400_000,
        properties: { channel, purpose: 'marketing', granted: true },
      }),
    );
    if (events.length > 0) await runPublishStep(run, events);
  }
}
