import { pbkdf2 } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { FILE_HEAD_BYTES } from './log-file.ts';
import { LogRoom, type OpenLogFile } from './log-room.ts';
import { LogWriter } from './log-writer.ts';

let scratch: ScratchDirectory;
let path: string;
beforeEach(() => {
  scratch = scratchDirectory();
  path = join(scratch.path, '0000000001.log');
  writeFileSync(path, Buffer.alloc(4_096));
});
afterEach(() => scratch.remove());

/** A writer over one file that is open as `flags` say, and what its owner was told. */
function writerOver(flags: string, options: { commitMsMax?: number; room?: Partial<LogRoom> } = {}) {
  const told: string[] = [];
  const newest: OpenLogFile = {
    file: { number: 1, path, sizeBytes: 4_096, after: 0, salt: 1 },
    fd: openSync(path, flags),
  };
  const found = { last: newest.file, ready: undefined, spares: [] };
  const room = new LogRoom({ directory: scratch.path, fileBytes: 4_096, reserveBytes: 0 }, found, () => 0);
  const owner = {
    written: () => void told.push('written'),
    failed: () => void told.push('failed'),
    rolled: () => void told.push('rolled'),
  };
  const writer = new LogWriter(
    {
      directory: scratch.path,
      room: Object.assign(room, options.room),
      owner,
      confirm: () => {},
      commitMsMax: options.commitMsMax ?? 30_000,
    },
    { newest, end: FILE_HEAD_BYTES, lastCommit: 0 },
  );
  const append = (bytes = 10) =>
    new Promise<unknown>((resolve) => {
      const refusal = writer.refusal();
      if (refusal !== undefined) resolve(refusal);
      else writer.add(0, 1, Buffer.alloc(bytes, 7), 0, (_, fault) => resolve(fault));
    });
  return { writer, told, append, fd: newest.fd };
}

const mustStart = {
  kind: 'unavailable',
  outcome: 'nothing_written',
  message: expect.stringContaining('the process must start again'),
};

test('after a write that failed, its outcome unknown, nothing is written any more', async () => {
  const { writer, told, append, fd } = writerOver('r');
  const first = append();
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  const second = append();
  expect(await first).toMatchObject({
    kind: 'unavailable',
    outcome: 'unknown',
    message: expect.stringContaining(path),
  });
  expect(await second).toMatchObject(mustStart);
  expect(await append()).toMatchObject(mustStart);
  expect(told).toEqual(['failed', 'failed']);
  expect(await writer.close()).toBe(false);
  expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
  closeSync(fd);
});

test('a write that does not come back is given up, its outcome unknown, and what it does later changes nothing', async () => {
  const { writer, told, append } = writerOver('r+', { commitMsMax: 20 });
  // All threads of the pool are busy for longer than that.
  const busy = Array.from(
    { length: 4 },
    () => new Promise((resolve) => pbkdf2('a', 'b', 400_000, 64, 'sha512', resolve)),
  );
  expect(await append()).toMatchObject({
    kind: 'unavailable',
    outcome: 'unknown',
    message: `a write to the log in ${scratch.path} has not come within 20 ms`,
  });
  expect(await append()).toMatchObject(mustStart);
  await Promise.all(busy);
  while (readFileSync(path).every((byte) => byte === 0))
    await new Promise<void>((resolve) => setImmediate(resolve));
  expect(told).toEqual(['failed', 'failed']);
  expect(await writer.close()).toBe(false);
  expect(writer.lastCommit).toBe(0);
});

test('room that does not come is given up too, and then nothing was written', async () => {
  const reserve = () => new Promise<OpenLogFile>(() => {});
  const { told, append } = writerOver('r+', { commitMsMax: 20, room: { reserve } });
  expect(await append(5_000)).toMatchObject({
    kind: 'unavailable',
    outcome: 'nothing_written',
    message: `room for a write to the log in ${scratch.path} has not come within 20 ms`,
  });
  expect(await append()).toMatchObject(mustStart);
  expect(told).toEqual(['failed', 'failed']);
});

test('a file that is given back again, since the first try failed behind its new name, is no fault and one spare', async () => {
  const file = { number: 1, path, sizeBytes: 4_096, after: 0, salt: 1 };
  const found = { last: file, ready: undefined, spares: [] };
  const room = new LogRoom({ directory: scratch.path, fileBytes: 4_096, reserveBytes: 0 }, found, () => 0);
  renameSync(path, path.replace('.log', '.spare'));
  await room.giveBack(file);
  // And one of which neither is left.
  await room.giveBack({ ...file, number: 2, path: join(scratch.path, '0000000002.log') });
  const { file: next, fd } = await room.reserve(10);
  expect([next.number, readdirSync(scratch.path)]).toEqual([2, ['0000000002.log']]);
  closeSync(fd);
});
