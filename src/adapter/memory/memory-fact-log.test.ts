import { expect, test } from 'vitest';
import { factLogContract } from '../../port/fact-log.contract.ts';
import { type FactLogStorage, MemoryFactLog } from './memory-fact-log.ts';

factLogContract(
  'MemoryFactLog',
  async () => {
    const storage: FactLogStorage = new Map();
    return { open: async () => new MemoryFactLog({ storage }), destroy: async () => {} };
  },
  { runs: 100 },
);

test('an append takes effect when the scheduler says so, and not at all when it never does', async () => {
  const storage: FactLogStorage = new Map();
  const held: (() => void)[] = [];
  const log = new MemoryFactLog({ storage, defer: (settle) => held.push(settle) });
  const first = log.append(0, 0, Uint8Array.of(1));
  void log.append(0, 1, Uint8Array.of(2));
  held.shift()?.();
  await first;
  expect(await new MemoryFactLog({ storage }).bounds(0)).toEqual({ first: 1, last: 1 });
});
