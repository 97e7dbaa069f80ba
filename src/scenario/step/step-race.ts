/**
 * Purchase and decision in flight at the same moment, from two connections, for many customers. Who comes first is up to
 * the network; the log says who did, and the laws at the end of the run say whether the order was kept.
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
import { statusName } from './step-publish.ts';
import type { World } from './world.ts';

const AT_ONCE = 64;
const SETUP_BATCH = 200;
/** Turns of the event loop that one side is ahead of the other, at most. */
const LEAD_MAX = 3;

export async function raceStep(world: World, step: RaceStep): Promise<void> {
  await prepare(world, step);
  // Each connection buys in one round and asks in the next: the service may well read one of them first, always.
  const sides = [world.another(world.patience), world.another(world.patience)].map((client) => ({
    client,
    events: client.streamEvents(),
    decisions: client.decideStream(60_000),
  }));
  const kills = new Set(listOf(step.kill_after));
  const rng = seedRng(world.seed, step.rounds);
  const underWay = new Set<Promise<void>>();
  try {
    for (let n = 0; n < step.rounds; n++) {
      if (kills.has(n)) {
        world.timeline.add(world.now, `kill -9 with ${underWay.size} rounds of the race under way`);
        await world.restart('kill', 0);
        world.timeline.add(world.now, 'the service is back');
      }
      const [buyer, asker] = n % 2 === 0 ? sides : [...sides].reverse();
      if (buyer === undefined || asker === undefined) return;
      const lead = rng.intBelow(2 * LEAD_MAX + 1) - LEAD_MAX;
      const round = run(world, step, n, lead, buyer.events, asker.decisions).finally(() =>
        underWay.delete(round),
      );
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
  world.races.push({
    product: step.product,
    customers: Array.from({ length: step.rounds }, (_, n) => idOf(world, n)),
  });
  world.timeline.add(world.now, `${step.rounds} rounds of purchase and decision at once`);
  await world.settle();
}

async function prepare(world: World, step: RaceStep): Promise<void> {
  for (let from = 0; from < step.rounds; from += SETUP_BATCH) {
    const to = Math.min(step.rounds, from + SETUP_BATCH);
    const events: EventInit[] = [];
    for (let n = from; n < to; n++)
      events.push(
        event(world, n, 'Product Viewed', step.product),
        event(world, n, 'Product Added', step.product),
      );
    const results = await world.client.publish(events);
    const bad = results.find((result) => statusName(result) !== 'accepted');
    if (bad !== undefined) failOn([complaint('the race to be prepared', JSON.stringify(bad.violations))]);
  }
}

async function run(
  world: World,
  step: RaceStep,
  n: number,
  lead: number,
  events: EventStream,
  decisions: DecideStream,
): Promise<void> {
  const purchase = event(world, n, 'Order Completed', step.product);
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
    world.acknowledged.push({
      source: purchase.source ?? '',
      id: purchase.id ?? '',
      customerId: idOf(world, n),
    });
  };
  const decide = async (): Promise<void> => {
    const reply = await decisions.decide(ask);
    world.answered.push(reply);
  };
  await Promise.all([after(-lead, buy), after(lead, decide)]);
}

/** Some turns of the event loop later, at once when there are none: the other side is then on its way, or being appended. */
async function after(turns: number, send: () => Promise<void>): Promise<void> {
  for (let left = turns; left > 0; left--) await new Promise<void>((resolve) => setImmediate(resolve));
  await send();
}

function event(world: World, n: number, name: string, product: string): EventInit {
  return {
    id: `race-${n}-${name}`,
    source: 'race',
    identifiers: who(n),
    name,
    occurredAt: timestampFromMs(world.now),
    channel: 'web',
    products: [{ productId: product }],
  };
}

function who(n: number) {
  return [{ kind: 'loyalty', value: `race-${n}` }];
}

function idOf(world: World, n: number): string {
  return world.customerId(who(n));
}
