import { expect, test } from 'vitest';
import { MemoryFactLog } from '../adapter/memory/memory-fact-log.ts';
import { DAY_MS, MINUTE_MS } from '../base/clock.ts';
import { encodeRecord } from '../codec/stored/record-codec.ts';
import { LIMITS } from '../config/limits.ts';
import { futureSentence, lastOfTheFuture } from './log-clock.ts';

const NOW = Date.parse('2026-11-30T03:00:00Z');

async function logWith(...times: readonly (readonly number[])[]): Promise<MemoryFactLog> {
  const log = new MemoryFactLog();
  for (let shard = 0; shard < times.length; shard++) {
    const of = times[shard] as readonly number[];
    for (let i = 0; i < of.length; i++)
      await log.append(
        shard,
        i,
        encodeRecord({ generation: 1, epoch: 1, batch: '', at: of[i] as number }, []),
      );
  }
  return log;
}

test('of shards whose last record lies in the future the one furthest ahead is named, with by how much', async () => {
  const log = await logWith(
    [NOW - DAY_MS],
    [],
    [NOW, NOW + 2 * DAY_MS],
    [NOW + 400 * DAY_MS, NOW + 300 * DAY_MS],
  );
  const found = await lastOfTheFuture(log, 4, NOW);
  expect(found).toEqual({ shard: 3, sequence: 2, at: NOW + 300 * DAY_MS });
  expect(found && futureSentence(found, NOW)).toContain(
    'record 2 of shard 3 was written at 2027-09-26T03:00:00.000Z, 300 days from now',
  );
});

test('what the clocks of two machines differ by is no future', async () => {
  const log = await logWith([NOW + LIMITS.logAheadMsMax], [NOW - DAY_MS, NOW]);
  expect(await lastOfTheFuture(log, 2, NOW)).toBeUndefined();
  expect(await lastOfTheFuture(log, 2, NOW - 1)).toMatchObject({ shard: 0 });
});

test('the distance is said in days, hours or minutes', () => {
  const texts = [90 * MINUTE_MS, 5 * 60 * MINUTE_MS, 47 * 60 * MINUTE_MS, 3 * DAY_MS].map(
    (ahead) =>
      /Z, (\d+ \w+) from now/.exec(futureSentence({ shard: 0, sequence: 1, at: NOW + ahead }, NOW))?.[1],
  );
  expect(texts).toEqual(['90 minutes', '5 hours', '47 hours', '3 days']);
});
