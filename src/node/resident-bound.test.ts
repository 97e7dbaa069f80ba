import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { openScratchNode, SCRATCH_SHARDS } from '../audit/scratch-data.fixture.ts';
import { LIMITS } from '../config/limits.ts';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';

const MIB = 1_048_576;

test('customers in memory take at most their share of the heap, however much they are allowed', async () => {
  const scratch = scratchDirectory();
  const residents = async (name: string, limitBytes: number): Promise<number> => {
    const node = await openScratchNode(join(scratch.path, name), {
      clock: new VirtualClock(Date.UTC(2026, 2, 2, 6)),
      settings: { residentBytesMax: 512 * MIB },
      heap: { read: () => ({ usedBytes: 0, limitBytes }), collect: () => {} },
    });
    const { residentPerShardMax } = node.engine.runtime.bounds;
    await node.close();
    return residentPerShardMax * SCRATCH_SHARDS;
  };
  const small = await residents('small', 256 * MIB);
  const large = await residents('large', 8_192 * MIB);
  expect(large / small).toBeCloseTo(512 / ((256 * LIMITS.residentHeapPercentMax) / 100), 1);
  scratch.remove();
});
