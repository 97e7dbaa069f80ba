import { expect, test } from 'vitest';
import { MemoryFactLog } from '../../adapter/memory/memory-fact-log.ts';
import { encodeRecord } from '../../codec/stored/record-codec.ts';
import type { Refusal } from '../../port/customers.ts';
import { PortError } from '../../port/port-error.ts';
import { Commit, type CommitOwner } from './commit.ts';
import type { Phase } from './phase.ts';

const UNKNOWN = new PortError('unavailable', 'nobody knows', { outcome: 'unknown' });

/** A commit of the first record, and what its shard and turn are asked to do, in order. */
function commitOf() {
  const asked: string[] = [];
  const log = new MemoryFactLog();
  let phase: Phase = { kind: 'appending', after: { startOver: false } };
  const owner: CommitOwner = {
    id: 0,
    holds: (one) => one === phase,
    committed: () => void asked.push('committed'),
    suspend: () => {
      asked.push('suspend');
      phase = { kind: 'suspended', isLogFull: false, after: { startOver: false } };
      return phase;
    },
    recover: async () => void asked.push('recover'),
    header: (at, epoch) => ({ generation: 1, epoch, at, batch: 'fence' }),
  };
  const header = { generation: 1, epoch: 1, at: 1, batch: 'ours' };
  const bytes = encodeRecord(header, [{ kind: 'fence', node: 'a', at: 1 }]);
  const commit = new Commit({
    ...{ owner, phase, bytes, expectedLast: 0 },
    runtime: {
      ...{ log, node: 'a' },
      clock: { now: () => 2, after: () => () => {}, soon: setImmediate },
      observer: { count() {}, gauge() {}, time() {}, info() {}, fault: () => void asked.push('fault') },
    },
    turn: {
      replyOnly: () => void asked.push('replyOnly'),
      abandon: ({ code }: Refusal) => void asked.push(`abandon ${code}`),
    },
  });
  const giveUp = (): void => {
    phase = { kind: 'lost' };
  };
  return { commit, asked, log, bytes, giveUp };
}

async function rounds(): Promise<void> {
  for (let n = 0; n < 10; n++) await new Promise<void>((resolve) => setImmediate(resolve));
}

test('a durable record is committed, once, whatever the log says later', () => {
  const { commit, asked } = commitOf();
  expect([commit.settle(undefined), commit.settle(UNKNOWN), commit.settle(undefined)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(asked).toEqual(['committed']);
});

test('for a shard that was given up meanwhile a durable record is told, a failed one abandoned', () => {
  const durable = commitOf();
  durable.giveUp();
  durable.commit.settle(undefined);
  expect(durable.asked).toEqual(['replyOnly']);
  const failed = commitOf();
  failed.giveUp();
  failed.commit.settle(UNKNOWN);
  expect(failed.asked).toEqual(['abandon unavailable']);
});

test('a log that took nothing makes the shard recover, and says when it is full', async () => {
  for (const [kind, code] of [
    ['unavailable', 'unavailable'],
    ['full', 'exhausted'],
  ] as const) {
    const { commit, asked } = commitOf();
    commit.settle(new PortError(kind, 'no', { outcome: 'nothing_written' }));
    await rounds();
    expect(asked).toEqual(['suspend', 'fault', `abandon ${code}`, 'recover']);
  }
});

test('of an unknown outcome the log decides: ours is committed, a fence of ours makes it impossible, a rival’s is not ours', async () => {
  const landed = commitOf();
  await landed.log.append(0, 0, landed.bytes);
  landed.commit.settle(UNKNOWN);
  await rounds();
  expect(landed.asked).toEqual(['suspend', 'fault', 'committed']);
  const nothing = commitOf();
  nothing.commit.settle(UNKNOWN);
  await rounds();
  expect(nothing.asked).toEqual(['suspend', 'fault', 'abandon unavailable', 'recover']);
  expect((await nothing.log.bounds(0)).last).toBe(1);
  const rival = commitOf();
  const header = { generation: 1, epoch: 1, at: 1, batch: 'theirs' };
  await rival.log.append(0, 0, encodeRecord(header, [{ kind: 'fence', node: 'b', at: 1 }]));
  rival.commit.settle(UNKNOWN);
  await rounds();
  expect(rival.asked).toEqual(['suspend', 'fault', 'abandon unavailable', 'recover']);
});

test('a shard that was given up while the outcome was looked up is left alone', async () => {
  const { commit, asked, log, bytes, giveUp } = commitOf();
  await log.append(0, 0, bytes);
  commit.settle(UNKNOWN);
  giveUp();
  await rounds();
  expect(asked).toEqual(['suspend', 'fault', 'replyOnly']);
});
