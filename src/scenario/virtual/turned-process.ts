/** The process that a turned service lives in: answers its command's questions one after the other, and ends with it. */
import { rmSync } from 'node:fs';
import type { Observer } from '../../port/observer.ts';
import type { Asked, Told } from './turned-messages.ts';
import { VirtualNode, type VirtualNodeState } from './turned-service.ts';

let service: VirtualNode | undefined;
let temporary = '';
let last: Promise<void> = Promise.resolve();

const observer: Observer = {
  count: () => {},
  gauge: () => {},
  time: () => {},
  fault: (sentence, cause) =>
    tell({ kind: 'fault', sentence: cause instanceof Error ? `${sentence}: ${cause.message}` : sentence }),
  info: () => {},
};

// Ctrl-C reaches every process of the terminal; the command decides what becomes of this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked));
});

// The command is gone without a word: nobody will ask again, and nobody else would clear up behind it.
process.on('disconnect', () => {
  if (temporary !== '') rmSync(temporary, { recursive: true, force: true });
  process.exit(0);
});

async function answer(asked: Asked): Promise<void> {
  try {
    tell({ kind: 'answer', state: await obey(asked) });
  } catch (fault) {
    const expected = fault instanceof Error && (fault.name === 'PortError' || fault.name === 'CommandError');
    const message = fault instanceof Error ? (expected ? fault.message : fault.stack) : String(fault);
    tell({ kind: 'failed', message: message ?? '', expected });
  }
}

async function obey(asked: Asked): Promise<VirtualNodeState> {
  if (asked.do === 'open') {
    if (asked.temporary) temporary = asked.order.directory;
    service = await VirtualNode.open(asked.order, observer);
    return service.state;
  }
  if (service === undefined) throw new Error('no service is open');
  if (asked.do === 'turn') await service.turn(asked.to);
  const { state } = service;
  if (asked.do === 'close') {
    await service.close();
    service = undefined;
    temporary = '';
  }
  return state;
}

function tell(told: Told): void {
  process.send?.(told);
}
