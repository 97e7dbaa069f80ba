import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { copyLog } from './copy-log.ts';
import { DiskFactLog } from './disk-fact-log.ts';

async function inScratch(body: (scratch: ScratchDirectory) => Promise<void>): Promise<void> {
  const scratch = scratchDirectory();
  try {
    await body(scratch);
  } finally {
    scratch.remove();
  }
}

const record = (sequence: number): Uint8Array => new Uint8Array(200 + (sequence % 5_000)).fill(sequence);

test(
  'a copy made while the log is written and trimmed has all that was durable before, and nothing broken',
  () =>
    inScratch(async ({ path }) => {
      const from = join(path, 'log');
      const log = new DiskFactLog(from, { fileBytes: 1_048_576 });
      let durable = 0;
      let trimmed = 0;
      let isOver = false;
      const writing = (async () => {
        while (!isOver) {
          await log.append(3, durable, record(durable + 1));
          durable++;
          if (durable % 400 === 0) {
            trimmed = durable - 300;
            await log.trim(3, trimmed);
          }
        }
      })();
      for (let n = 0; n < 12; n++) {
        const before = durable;
        const to = join(path, `copy${n}`);
        const lasts = await copyLog(from, to);
        expect(lasts[3] ?? 0).toBeGreaterThanOrEqual(before);
        const copy = new DiskFactLog(to);
        const { first, last } = await copy.bounds(3);
        expect(last).toBe(lasts[3] ?? 0);
        expect(first).toBeLessThanOrEqual(trimmed + 1);
        const records = await copy.read(3, first, 10_000);
        expect(records.length).toBe(last - first + 1);
        for (const { sequence, bytes } of records)
          expect(Buffer.compare(bytes, record(sequence)), String(sequence)).toBe(0);
        await copy.close();
        while (durable < before + 150) await new Promise((resolve) => setImmediate(resolve));
      }
      isOver = true;
      await writing;
      await log.close();
    }),
  60_000,
);

test('an entry that is damaged for good is told, and not cut off with what follows it', () =>
  inScratch(async ({ path }) => {
    const from = join(path, 'log');
    const log = new DiskFactLog(from);
    for (let sequence = 1; sequence <= 3; sequence++) await log.append(0, sequence - 1, record(sequence));
    await log.close();
    const file = join(from, readdirSync(from).find((name) => name.endsWith('.log')) ?? '');
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(70) ^ 1, 70);
    writeFileSync(file, bytes);
    await expect(copyLog(from, join(path, 'copy'))).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining(`${file} is damaged at byte 64`),
    });
  }));
