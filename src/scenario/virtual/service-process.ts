/** The process that a scenario's service lives in: takes orders from the runner one after the other, answers each. */
import type { Answered, Asked, Order, State } from './control.ts';
import { VirtualService } from './virtual-service.ts';

let service: VirtualService | undefined;
let last: Promise<unknown> = Promise.resolve();

process.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked));
});
// The runner is gone: nobody would ever ask again.
process.on('disconnect', () => process.exit(0));

async function answer({ id, order }: Asked): Promise<void> {
  let answered: Answered;
  try {
    answered = { id, ok: true, state: await obey(order) };
  } catch (fault) {
    answered = { id, ok: false, message: fault instanceof Error ? fault.message : String(fault) };
  }
  process.send?.(answered);
}

async function obey(order: Order): Promise<State> {
  if (order.do === 'open') {
    if (service !== undefined) throw new Error('a service is open already');
    service = await VirtualService.open(order);
    return service.state;
  }
  if (service === undefined) throw new Error('no service is open');
  const running = service;
  switch (order.do) {
    case 'settle':
      await running.settle();
      break;
    case 'turn':
      await running.turn(order.to);
      break;
    case 'scorer':
      running.scorer = order.mode;
      break;
    case 'close':
      service = undefined;
      await running.close();
      break;
  }
  return running.state;
}
