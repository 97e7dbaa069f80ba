import { statfsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DiskRoom, type RoomNeed } from './disk-room.ts';

const MIB = 1_048_576;
const NEEDS = ['growth', 'upkeep', 'freeing'] as const satisfies readonly RoomNeed[];

/** A disk of which a test says what is free, and a clock that stands until it is turned. */
function disk(reserveMib: number) {
  const world = { freeMib: 0, at: 0, looks: 0 };
  const room = new DiskRoom('/data', reserveMib * MIB, {
    now: () => world.at,
    freeBytes: () => {
      world.looks++;
      return world.freeMib * MIB;
    },
  });
  const admitted = (freeMib: number): RoomNeed[] => {
    world.freeMib = freeMib;
    world.at += 100;
    return NEEDS.filter((need) => room.refusal(need) === undefined);
  };
  return { world, room, admitted };
}

test('as room gets scarce appends stop first, then snapshots, and what frees room never', () => {
  const { admitted } = disk(400);
  expect(admitted(10_000)).toEqual(['growth', 'upkeep', 'freeing']);
  expect(admitted(400)).toEqual(['growth', 'upkeep', 'freeing']);
  expect(admitted(399)).toEqual(['upkeep', 'freeing']);
  expect(admitted(100)).toEqual(['upkeep', 'freeing']);
  expect(admitted(99)).toEqual(['freeing']);
  expect(admitted(0)).toEqual(['freeing']);
  expect(admitted(400)).toEqual(['growth', 'upkeep', 'freeing']);
});

test('a refusal says where, how much is left and how much is kept, and that nothing was written', () => {
  const { world, room } = disk(400);
  world.freeMib = 7;
  const { kind, outcome, message } = room.refusal('growth') ?? {};
  expect([kind, outcome]).toEqual(['full', 'nothing_written']);
  expect(message).toBe('the disk of /data has 7 MiB left and 400 are kept in reserve; free some space');
  expect(room.refusal('upkeep')?.message).toContain('100 are kept');
});

test('the disk is looked at ten times a second at most, and again when that is over', () => {
  const { world, room } = disk(400);
  world.freeMib = 400;
  for (let n = 0; n < 1_000; n++) expect(room.refusal('growth')).toBeUndefined();
  world.freeMib = 0;
  world.at = 99;
  expect([room.refusal('growth'), world.looks]).toEqual([undefined, 1]);
  world.at = 100;
  expect([room.refusal('growth')?.kind, world.looks]).toEqual(['full', 2]);
});

test('without a word from a test it is the real disk that is asked', () => {
  const { blocks, bsize } = statfsSync('.');
  expect(new DiskRoom('.', 1).refusal('growth')).toBeUndefined();
  expect(new DiskRoom('.', blocks * bsize + 1).refusal('growth')?.kind).toBe('full');
});

test('a disk that does not answer is unavailable, and is asked again', () => {
  let answers = false;
  const freeBytes = () => {
    if (answers) return 1_000 * MIB;
    throw Object.assign(new Error('input/output error'), { code: 'EIO' });
  };
  const room = new DiskRoom('/data', 400 * MIB, { now: () => 0, freeBytes });
  expect(room.refusal('growth')).toMatchObject({ kind: 'unavailable', outcome: 'nothing_written' });
  answers = true;
  expect(room.refusal('growth')).toBeUndefined();
});
