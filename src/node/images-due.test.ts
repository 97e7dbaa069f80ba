/** That --image-every and --image-hour say when a node writes its images. */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { openScratchNode } from '../audit/scratch-data.fixture.ts';
import { HOUR_MS, MINUTE_MS } from '../base/clock.ts';
import { SHARED_IMAGE } from '../port/images.ts';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';

test('images are written every --image-every, counted from --image-hour', async () => {
  const scratch = scratchDirectory();
  const startAt = Date.UTC(2026, 2, 2, 6, 30);
  const clock = new VirtualClock(startAt);
  const settings = { imageEvery: 2 * HOUR_MS, imageHour: 2 };
  const node = await openScratchNode(join(scratch.path, 'data'), { clock, settings });
  const newestAt = async (): Promise<number | undefined> =>
    (await node.stores.images.list(SHARED_IMAGE))[0]?.at;
  try {
    const firstLook = startAt + MINUTE_MS;
    clock.advanceTo(firstLook);
    await vi.waitFor(async () => expect(await newestAt()).toBe(firstLook));
    const due = Date.UTC(2026, 2, 2, 8);
    // Whoever wants an image waits for those of the first look: the next time is armed then.
    await node.images.writeShared();
    clock.advanceTo(due - MINUTE_MS);
    await node.images.writeShared();
    clock.advanceTo(due);
    await vi.waitFor(async () => expect(await newestAt()).toBe(due));
  } finally {
    await node.close();
    scratch.remove();
  }
}, 60_000);
