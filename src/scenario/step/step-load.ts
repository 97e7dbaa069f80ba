/** Events as fast as the service takes them, with the service killed in the midst; the laws at the end say what is left. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventInit } from '../../client/event-init.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { complaint, failOn } from '../expect/failure.ts';
import type { LoadStep } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import { statusName } from './step-publish.ts';
import type { World } from './world.ts';

const CUSTOMERS = 50;
const AT_ONCE = 256;

export async function loadStep(world: World, step: LoadStep): Promise<void> {
  const client = world.another(world.patience);
  const events = client.streamEvents();
  const decisions = client.decideStream(60_000);
  const kills = new Set(listOf(step.kill_after));
  const underWay = new Set<Promise<void>>();
  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  try {
    for (let n = 0; n < step.events; n++) {
      if (kills.has(n)) {
        world.timeline.add(world.now, `kill -9 with ${underWay.size} requests under way`);
        await world.restart('kill', 0);
        world.timeline.add(world.now, 'the service is back');
      }
      const who = [{ kind: 'loyalty', value: `load-${n % (step.customers ?? CUSTOMERS)}` }];
      track(
        events.send(eventOf(world, step, n, who)).then((result) => {
          const status = statusName(result);
          if (status !== 'accepted' && status !== 'duplicate')
            failOn([complaint('the event to be accepted', `${status} ${JSON.stringify(result.violations)}`)]);
          world.acknowledged.push({ source: 'load', id: `load-${n}`, customerId: world.customerId(who) });
        }),
      );
      if (step.outbound_every !== undefined && n % step.outbound_every === step.outbound_every - 1) {
        const ask = { requestId: `load-${n}`, identifiers: who, delivery: Delivery.DISPATCH };
        track(decisions.decide(ask).then((reply) => void world.answered.push(reply)));
      }
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } finally {
    events.close();
    decisions.close();
    client.close();
  }
  world.timeline.add(world.now, `${step.events} events acknowledged`);
  await world.settle();
}

function eventOf(
  world: World,
  step: LoadStep,
  n: number,
  identifiers: EventInit['identifiers'] & object,
): EventInit {
  return {
    id: `load-${n}`,
    source: 'load',
    identifiers,
    name: step.product === undefined ? 'Page Viewed' : 'Product Viewed',
    occurredAt: timestampFromMs(world.now),
    channel: 'web',
    products: step.product === undefined ? [] : [{ productId: step.product }],
  };
}
