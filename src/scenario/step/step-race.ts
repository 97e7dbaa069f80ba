/**
 * Purchase and decision in flight at the same moment, from two connections, for many customers. The network decides which
 * comes first; the log holds the order, and the laws at the end of the run check the decisions against it.
 */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { seedRng } from '../../base/rng.ts';
import type { DecideStream } from '../../client/decide-stream.ts';
import type { EventInit } from '../../client/event-init.ts';
import type { EventStream } from '../../client/event-stream.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { complaint, failOn } from '../expect/failure.ts';
import type { RaceStep } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { statusName } from './step-publish.ts';

const AT_ONCE = 64;
const SETUP_BATCH = 200;
/** Turns of the event loop that one side is ahead of the other, at most. */
const LEAD_MAX = 3;

export async function runRaceStep(run: ScenarioRun, step: RaceStep): Promise<void> {
  await prepare(run, step);
  // The connections swap parts each round, since the service may always read the same one first.
  const sides = [run.newClient(run.patientOptions), run.newClient(run.patientOptions)].map((client) => ({
    client,
    events: client.streamEvents(),
    decisions: client.decideStream(60_000),
  }));
  const kills = new Set(listOf(step.kill_after));
  const rng = seedRng(run.seed, step.rounds);
  const underWay = new Set<Promise<void>>();
  try {
    for (let n = 0; n < step.rounds; n++) {
      if (kills.has(n)) {
        run.timeline.add(run.now, `kill -9 with ${underWay.size} rounds of the race under way`);
        await run.restart('kill', 0);
        run.timeline.add(run.now, 'the service is back');
      }
      const [buyer, asker] = n % 2 === 0 ? sides : [...sides].reverse();
      if (buyer === undefined || asker === undefined) return;
      const lead = rng.intBelow(2 * LEAD_MAX + 1) - LEAD_MAX;
      const round = runRound(run, {
        step,
        n,
        lead,
        events: buyer.events,
        decisions: asker.decisions,
      }).finally(() => underWay.delete(round));
      underWay.add(round);
      if (underWay.size >= (step.at_once ?? AT_ONCE)) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } finally {
    for (const { client, events, decisions } of sides) {
      events.close();
      decisions.close();
      client.close();
    }
  }
  run.races.push({
    product: step.product,
    customers: Array.from({ length: step.rounds }, (_, n) => idOf(run, n)),
  });
  run.timeline.add(run.now, `${step.rounds} rounds of purchase and decision at once`);
  await run.untilQuiet();
}

async function prepare(run: ScenarioRun, step: RaceStep): Promise<void> {
  for (let from = 0; from < step.rounds; from += SETUP_BATCH) {
    const to = Math.min(step.rounds, from + SETUP_BATCH);
    const events: EventInit[] = [];
    for (let n = from; n < to; n++)
      events.push(
        event(run, n, 'Product Viewed', step.product),
        event(run, n, 'Product Added', step.product),
      );
    const results = await run.client.publish(events);
    const bad = results.find((result) => statusName(result) !== 'accepted');
    if (bad !== undefined) failOn([complaint('the race to be prepared', JSON.stringify(bad.violations))]);
  }
}

interface Round {
  readonly step: RaceStep;
  readonly n: number;
  /** Turns of the event loop by which the decision is sent after the purchase; below 0: before it. */
  readonly lead: number;
  readonly events: EventStream;
  readonly decisions: DecideStream;
}

async function runRound(run: ScenarioRun, { step, n, lead, events, decisions }: Round): Promise<void> {
  const purchase = event(run, n, 'Order Completed', step.product);
  const ask = {
    requestId: `race-${n}`,
    identifiers: who(n),
    placements: step.placement === undefined ? [] : [step.placement],
    delivery: step.placement === undefined ? Delivery.DISPATCH : Delivery.RETURN,
  };
  const buy = async (): Promise<void> => {
    const result = await events.send({
      ...purchase,
      order: { orderId: `race-${n}`, total: 100, revenue: 100 },
    });
    const status = statusName(result);
    // After a kill the first attempt may have been durable already.
    if (status !== 'accepted' && status !== 'duplicate')
      failOn([complaint('the purchase to be accepted', `${status} ${JSON.stringify(result.violations)}`)]);
    run.acknowledgedEvents.push({
      source: purchase.source ?? '',
      id: purchase.id ?? '',
      customerId: idOf(run, n),
    });
  };
  const decide = async (): Promise<void> => {
    const reply = await decisions.decide(ask);
    run.replies.push(reply);
  };
  await Promise.all([after(-lead, buy), after(lead, decide)]);
}

/** Sends after `turns` turns of the event loop, when the other side is on its way or being appended. */
async function after(turns: number, send: () => Promise<void>): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  await send();
}

function event(run: ScenarioRun, n: number, name: string, product: string): EventInit {
  return {
    id: `race-${n}-${name}`,
    source: 'race',
    identifiers: who(n),
    name,
    occurredAt: timestampFromMs(run.now),
    channel: 'web',
    products: [{ productId: product }],
  };
}

function who(n: number) {
  return [{ kind: 'loyalty', value: `race-${n}` }];
}

function idOf(run: ScenarioRun, n: number): string {
  return run.customerId(who(n));
}
