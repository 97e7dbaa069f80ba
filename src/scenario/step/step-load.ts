/** Events as fast as the service accepts them, with kills in between; the laws at the end check what the log holds. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventInit } from '../../client/event-init.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { complaint, failOn } from '../expect/failure.ts';
import type { LoadStep } from '../file/shape-steps.ts';
import { listOf } from '../file/shape-words.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { statusName } from './step-publish.ts';

const CUSTOMERS = 50;
const AT_ONCE = 256;

export async function runLoadStep(run: ScenarioRun, step: LoadStep): Promise<void> {
  const client = run.newClient(run.patientOptions);
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
        run.timeline.add(run.now, `kill -9 with ${underWay.size} requests under way`);
        await run.restart('kill', 0);
        run.timeline.add(run.now, 'the service is back');
      }
      const who = [{ kind: 'loyalty', value: `load-${n % (step.customers ?? CUSTOMERS)}` }];
      track(
        events.send(eventOf(run, step, n, who)).then((result) => {
          const status = statusName(result);
          if (status !== 'accepted' && status !== 'duplicate')
            failOn([complaint('the event to be accepted', `${status} ${JSON.stringify(result.violations)}`)]);
          run.acknowledgedEvents.push({ source: 'load', id: `load-${n}`, customerId: run.customerId(who) });
        }),
      );
      if (step.outbound_every !== undefined && n % step.outbound_every === step.outbound_every - 1) {
        const ask = { requestId: `load-${n}`, identifiers: who, delivery: Delivery.DISPATCH };
        track(decisions.decide(ask).then((reply) => void run.replies.push(reply)));
      }
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } finally {
    events.close();
    decisions.close();
    client.close();
  }
  run.timeline.add(run.now, `${step.events} events acknowledged`);
  await run.untilQuiet();
}

function eventOf(
  run: ScenarioRun,
  step: LoadStep,
  n: number,
  identifiers: EventInit['identifiers'] & object,
): EventInit {
  return {
    id: `load-${n}`,
    source: 'load',
    identifiers,
    name: step.product === undefined ? 'Page Viewed' : 'Product Viewed',
    occurredAt: timestampFromMs(run.now),
    channel: 'web',
    products: step.product === undefined ? [] : [{ productId: step.product }],
  };
}
