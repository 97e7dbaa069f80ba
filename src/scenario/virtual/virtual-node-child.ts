/** The process that a virtual node runs in: carries out its parent's orders one after the other, and ends with it. */
import { rmSync } from 'node:fs';
import type { Observer } from '../../port/observer.ts';
import { VirtualNode } from './virtual-node.ts';
import type {
  NumberedOrder,
  VirtualNodeMessage,
  VirtualNodeOrder,
  VirtualNodeState,
} from './virtual-node-messages.ts';

let node: VirtualNode | undefined;
let temporaryDirectory: string | undefined;
let last: Promise<void> = Promise.resolve();

const observer: Observer = {
  count: () => {},
  gauge: () => {},
  time: () => {},
  fault: (sentence, cause) =>
    send({ kind: 'fault', sentence: cause instanceof Error ? `${sentence}: ${cause.message}` : sentence }),
  info: () => {},
};

// Ctrl-C reaches every process of the terminal; the parent decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.on('message', (order: NumberedOrder) => {
  last = last.then(() => answer(order));
});

// The parent is gone without a close: no order will come, and nobody else removes the directory.
process.on('disconnect', () => {
  if (temporaryDirectory !== undefined) rmSync(temporaryDirectory, { recursive: true, force: true });
  process.exit(0);
});

async function answer({ id, order }: NumberedOrder): Promise<void> {
  try {
    send({ kind: 'done', id, state: await carryOut(order) });
  } catch (fault) {
    const isError = fault instanceof Error;
    const isExpected = isError && (fault.name === 'PortError' || fault.name === 'CommandError');
    const message = isError ? fault.message : String(fault);
    send({ kind: 'failed', id, message, stack: isExpected ? undefined : isError ? fault.stack : message });
  }
}

async function carryOut(order: VirtualNodeOrder): Promise<VirtualNodeState> {
  if (order.kind === 'open') {
    if (node !== undefined) throw new Error('a service is open already');
    if (order.temporary) temporaryDirectory = order.settings.directory;
    node = await VirtualNode.open(order.settings, observer);
    return node.state;
  }
  if (node === undefined) throw new Error('no service is open');
  const open = node;
  switch (order.kind) {
    case 'advance':
      await open.advanceTo(order.to);
      break;
    case 'wait':
      await open.untilQuiet();
      break;
    case 'scorer':
      open.setScorer(order.mode);
      break;
    case 'close':
      node = undefined;
      await open.close();
      temporaryDirectory = undefined;
      break;
  }
  return open.state;
}

function send(message: VirtualNodeMessage): void {
  process.send?.(message);
}
