/** What opening finds in the files of a log: after a crash, after harm, after a file was used again. */
import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendGroup } from '../../port/fact-log.contract.ts';
import type { LogAppend } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { DiskFactLog, type DiskFactLogOptions } from './disk-fact-log.ts';
import { openLogDirectory } from './log-directory.ts';
import { entryAt } from './log-entry.ts';
import { FILE_HEAD_BYTES, logFileName, readLogFile } from './log-file.ts';

const FILE_BYTES = 1_024;
const SHARDS = 3;

let scratch: ScratchDirectory;
let directory: string;
beforeEach(() => {
  scratch = scratchDirectory();
  directory = join(scratch.path, 'log');
});
afterEach(() => scratch.remove());

function open(options: DiskFactLogOptions = {}): DiskFactLog {
  return new DiskFactLog(directory, { fileBytes: FILE_BYTES, ...options });
}

/** What a shard's record has in it, of changing length. */
function body(shard: number, sequence: number): Buffer {
  return Buffer.alloc(20 + ((sequence * 7 + shard) % 60), `${shard}/${sequence} `);
}

/** Appends `groups` times one record to each shard. */
async function fill(log: DiskFactLog, groups: number): Promise<void> {
  for (let n = 0; n < groups; n++) {
    const group: LogAppend[] = [];
    for (let shard = 0; shard < SHARDS; shard++) {
      const { last } = await log.bounds(shard);
      group.push({ shard, expectedLast: last, bytes: body(shard, last + 1) });
    }
    expect(await appendGroup(log, group)).toEqual(group.map(() => undefined));
  }
}

/** A closed log with `groups` groups. */
async function filled(groups: number): Promise<void> {
  const log = open();
  await fill(log, groups);
  await log.close();
}

/** The last sequence of each shard, when every record up to it is what was appended; throws what reading throws. */
async function lastsOf(log: DiskFactLog): Promise<number[]> {
  const lasts: number[] = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    const { first, last } = await log.bounds(shard);
    const records = await log.read(shard, 1, 1_000);
    expect(records.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    for (const { sequence, bytes } of records) expect(bytes).toEqual(body(shard, sequence));
    lasts.push(last);
  }
  return lasts;
}

async function reopened(): Promise<number[]> {
  const log = open();
  try {
    return await lastsOf(log);
  } finally {
    await log.close();
  }
}

function logFiles(): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(directory, name));
}

/** The file where the log ends, and its last entry. */
function tailEntry(): { readonly path: string; readonly at: number; readonly length: number } {
  const { files } = openLogDirectory(directory, FILE_BYTES);
  const path = files.at(-1)?.file.path ?? '';
  const file = readLogFile(path, Number(/(\d+)\.log$/.exec(path)?.[1]));
  const bytes = readFileSync(path);
  let last = { at: 0, length: 0 };
  for (let at = FILE_HEAD_BYTES; ; at = last.at + last.length) {
    const entry = entryAt(bytes, at, file.salt);
    if (entry === undefined || entry.commit <= file.after) return { path, ...last };
    last = entry;
  }
}

function flip(path: string, bit: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  writeFileSync(path, bytes);
}

test('a write that a crash cut short, at whatever byte, is not there, and the log goes on in its place', async () => {
  await filled(3);
  const tail = tailEntry();
  const whole = readFileSync(tail.path);
  for (let cut = 0; cut < tail.length; cut++) {
    const torn = Buffer.from(whole);
    torn.fill(0, tail.at + cut, tail.at + tail.length);
    writeFileSync(tail.path, torn);
    const isWhole = torn.equals(whole);
    const log = open();
    expect(await lastsOf(log)).toEqual(isWhole ? [3, 3, 3] : [2, 2, 2]);
    await fill(log, 1);
    await log.close();
    expect(await reopened()).toEqual(isWhole ? [4, 4, 4] : [3, 3, 3]);
    writeFileSync(tail.path, whole);
  }
});

test('what is left of a write that was cut short is not taken for the log either, once its file is full', async () => {
  await filled(3);
  const tail = tailEntry();
  // Head and directory of the entry are there, some of its records are not.
  flip(tail.path, (tail.at + 30) * 8);
  const log = open();
  const group = [0, 1, 2].map((shard) => ({ shard, expectedLast: 2, bytes: Buffer.alloc(200, shard) }));
  expect(await appendGroup(log, group)).toEqual([undefined, undefined, undefined]);
  await log.close();
  rmSync(tail.path.replace('.log', '.idx'));
  const again = open();
  for (const { shard, bytes } of group) expect(await again.get(shard, 3)).toEqual(bytes);
  expect(await again.read(0, 1, 9)).toHaveLength(3);
  await again.close();
});

test('a write of which the disk took the pieces in any order is there as a whole or not at all', async () => {
  await filled(3);
  const tail = tailEntry();
  const whole = readFileSync(tail.path);
  const pieces = Math.ceil(tail.length / 16);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: pieces, maxLength: pieces }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      async (taken, stale) => {
        const torn = Buffer.from(whole);
        for (const [i, isTaken] of taken.entries()) {
          const at = tail.at + i * 16;
          if (!isTaken) torn.set(stale.subarray(0, Math.min(16, tail.at + tail.length - at)), at);
        }
        writeFileSync(tail.path, torn);
        expect(await reopened()).toEqual(torn.equals(whole) ? [3, 3, 3] : [2, 2, 2]);
      },
    ),
    { numRuns: 200 },
  );
});

test('a flipped bit is never served: what is read is what was appended, or a sentence names the file', async () => {
  await filled(14);
  const files = readdirSync(directory).map((name) => join(directory, name));
  const held = new Map(files.map((path) => [path, readFileSync(path)]));
  const tail = tailEntry();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (path, place) => {
        for (const [each, bytes] of held) writeFileSync(each, bytes);
        const size = held.get(path)?.length ?? 0;
        const bit = Math.min(size * 8 - 1, Math.floor(place * size * 8));
        flip(path, bit);
        const lasts = await reopened().catch((fault: unknown) => fault);
        if (lasts instanceof PortError) {
          expect(lasts.kind).toBe('corrupt');
          expect(lasts.message).toContain(path);
          return;
        }
        const inTail = path === tail.path && bit >> 3 >= tail.at && bit >> 3 < tail.at + tail.length;
        expect([[14, 14, 14], ...(inTail ? [[13, 13, 13]] : [])]).toContainEqual(lasts);
      },
    ),
    { numRuns: 300 },
  );
});

test('a record whose bytes are damaged is told when it is read, and costs no other one', async () => {
  await filled(14);
  for (const path of [logFiles()[0] ?? '', tailEntry().path]) {
    const bytes = readFileSync(path);
    const [, shard, sequence] = /([0-9])\/([0-9]+) /.exec(bytes.toString('latin1')) ?? [];
    const at = bytes.indexOf(body(Number(shard), Number(sequence)));
    const after = body(Number(shard), Number(sequence)).length + at;
    flip(path, (after - 1) * 8);
    const log = open();
    const sentence = `the log file ${path} is damaged at byte ${at}: record ${sequence} of shard ${shard} does not match its checksum`;
    await expect(log.get(Number(shard), Number(sequence))).rejects.toMatchObject({
      kind: 'corrupt',
      message: sentence,
    });
    await expect(log.read(Number(shard), 1, 100)).rejects.toMatchObject({ message: sentence });
    expect(await log.get(Number(shard), Number(sequence) + 1)).toEqual(
      body(Number(shard), Number(sequence) + 1),
    );
    expect(await log.bounds(0)).toEqual({ first: 1, last: 14 });
    await log.close();
    writeFileSync(path, bytes);
  }
});

test('an index that is missing, cut short or damaged at whatever byte is made again', async () => {
  await filled(14);
  const path = join(directory, logFileName(1).replace('.log', '.idx'));
  const whole = readFileSync(path);
  const harms = [
    () => rmSync(path),
    () => truncateSync(path, 0),
    () => truncateSync(path, whole.length - 1),
    ...Array.from({ length: whole.length }, (_, at) => () => flip(path, at * 8 + (at % 8))),
  ];
  for (const harm of harms) {
    harm();
    expect(await reopened()).toEqual([14, 14, 14]);
    writeFileSync(path, whole);
  }
  rmSync(path);
  expect(await reopened()).toEqual([14, 14, 14]);
  expect(readFileSync(path)).toEqual(whole);
});

test('a log file that is missing, of another length, or under another name is told', async () => {
  await filled(24);
  const files = logFiles();
  expect(files.length).toBeGreaterThan(3);
  const [first = '', second = '', third = ''] = files;
  const sentence = async (): Promise<string> => String(await reopened().catch((fault: unknown) => fault));
  const aside = join(scratch.path, 'aside');
  renameSync(second, aside);
  expect(await sentence()).toContain(`the log file ${second} is missing: ${logFileName(3)} follows`);
  renameSync(third, second);
  renameSync(aside, third);
  expect(await sentence()).toContain(`${second} is damaged at byte 16: it was written as ${logFileName(3)}`);
  renameSync(third, aside);
  renameSync(second, third);
  renameSync(aside, second);
  expect(await reopened()).toEqual([24, 24, 24]);
  const bytes = readFileSync(second);
  truncateSync(second, 1_000);
  expect(await sentence()).toContain(
    `${second} is damaged at byte 1000: it is 1000 bytes long, and was 1024`,
  );
  writeFileSync(second, bytes);
  renameSync(first, aside);
  rmSync(first.replace('.log', '.idx'));
  const log = open();
  // Without the oldest file the others are read, and what nobody knows to have been trimmed is named.
  const { first: next } = await log.bounds(0);
  expect(next).toBeGreaterThan(1);
  expect(log.healed.holes).toContainEqual({ shard: 0, from: 1, to: next - 1 });
  await log.close();
});

test('behind newest files that are missing the log goes on, and what was trimmed of them stays so', async () => {
  const log = open();
  await fill(log, 14);
  await log.trim(1, 13);
  await log.close();
  const [, , ...later] = logFiles();
  for (const path of later) rmSync(path);
  const left = open();
  // Nothing that it holds is read, and the next record stands behind what it holds.
  expect(await left.bounds(1)).toEqual({ first: 14, last: 7 });
  for (let last = 7; last < 15; last++) await left.append(1, last, Buffer.alloc(8, last + 1));
  expect((await left.read(1, 1, 100)).map(({ sequence }) => sequence)).toEqual([14, 15]);
  await left.close();
  expect(await open().bounds(1)).toEqual({ first: 14, last: 15 });
});

test('a file of the middle that lost what stood at its end is told, though its index is lost too', async () => {
  await filled(14);
  const path = join(directory, logFileName(2));
  const bytes = readFileSync(path);
  const { salt } = readLogFile(path, 2);
  let end = FILE_HEAD_BYTES;
  let last = 0;
  for (let entry = entryAt(bytes, end, salt); entry !== undefined; entry = entryAt(bytes, end, salt)) {
    last = end;
    end += entry.length;
  }
  writeFileSync(path, Buffer.concat([bytes.subarray(0, last), Buffer.alloc(FILE_BYTES - last)]));
  rmSync(path.replace('.log', '.idx'));
  await expect(reopened()).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining(`${logFileName(3)} is damaged at byte 64`),
  });
});

test('files that were trimmed are used again, and what they held before is never taken for the log', async () => {
  let log = open();
  const lasts = [0, 0, 0];
  const numbers = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 12 }),
      async (groups, kept) => {
        await fill(log, groups);
        for (let shard = 0; shard < SHARDS; shard++) {
          lasts[shard] = (lasts[shard] ?? 0) + groups;
          await log.trim(shard, (lasts[shard] ?? 0) - kept);
        }
        await log.close();
        const names = readdirSync(directory);
        for (const name of names) numbers.add(name);
        expect(names.filter((name) => name.endsWith('.spare')).length).toBeLessThanOrEqual(2);
        expect(names.filter((name) => name.endsWith('.log')).length).toBeLessThanOrEqual(13);
        log = open();
        expect(await lastsOf(log)).toEqual(lasts);
      },
    ),
    { numRuns: 60 },
  );
  await log.close();
  expect([...numbers].some((name) => name.endsWith('.spare'))).toBe(true);
});

const step = fc.record({
  kind: fc.constantFrom('fill', 'fill', 'fill', 'trim', 'crash', 'crash', 'lose indexes'),
  count: fc.integer({ min: 1, max: 7 }),
  /** Of the last entry: what of it reached the disk, in pieces of 8 bytes. */
  taken: fc.infiniteStream(fc.boolean()),
});

test('whatever is appended, trimmed, cut short and made again, the log is what was acknowledged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      rmSync(directory, { recursive: true, force: true });
      let log = open();
      await fill(log, 1);
      let last = 1;
      let trimmed = 0;
      for (const { kind, count, taken } of steps) {
        if (kind === 'fill') {
          await fill(log, count);
          last += count;
          continue;
        }
        if (kind === 'trim') {
          trimmed = Math.max(trimmed, last - count);
          for (let shard = 0; shard < SHARDS; shard++) await log.trim(shard, trimmed);
          continue;
        }
        await log.close();
        if (kind === 'crash' && last > trimmed && tear(taken)) last--;
        if (kind === 'lose indexes')
          for (const path of logFiles()) rmSync(path.replace('.log', '.idx'), { force: true });
        log = open();
        expect(await lastsOf(log)).toEqual([last, last, last]);
      }
      expect(await lastsOf(log)).toEqual([last, last, last]);
      for (let shard = 0; shard < SHARDS; shard++)
        expect(await log.bounds(shard)).toEqual({ first: trimmed + 1, last });
      await log.close();
    }),
    { numRuns: 150 },
  );
});

/** As if the last write had not come back before a crash; false when all of it had reached the disk. */
function tear(taken: Iterator<boolean>): boolean {
  const { path, at, length } = tailEntry();
  const whole = readFileSync(path);
  const torn = Buffer.from(whole);
  for (let piece = at; piece < at + length; piece += 8)
    if (taken.next().value !== true) torn.fill(0, piece, piece + 8);
  writeFileSync(path, torn);
  return !torn.equals(whole);
}

test('a file that is used again holds nothing of what it held before', async () => {
  let log = open();
  await fill(log, 12);
  const inodes = new Map(logFiles().map((path) => [statSync(path).ino, path]));
  for (let shard = 0; shard < SHARDS; shard++) await log.trim(shard, 12);
  expect(spares().length).toBeGreaterThan(0);
  for (const spare of spares()) expect(readFileSync(spare).every((byte) => byte === 0)).toBe(true);
  let groups = 12;
  const usedAgain = (): string | undefined =>
    logFiles().find((path) => (inodes.get(statSync(path).ino) ?? path) !== path);
  for (; usedAgain() === undefined && groups < 24; groups++) await fill(log, 1);
  expect(await lastsOf(log)).toEqual([groups, groups, groups]);
  await log.close();
  const path = usedAgain() as string;
  const { salt } = readLogFile(path, Number(/(\d+)\.log$/.exec(path)?.[1]));
  const bytes = readFileSync(path);
  let end = FILE_HEAD_BYTES;
  for (let entry = entryAt(bytes, end, salt); entry !== undefined; entry = entryAt(bytes, end, salt))
    end += entry.length;
  expect(bytes.subarray(end).every((byte) => byte === 0)).toBe(true);
  log = open();
  expect(await lastsOf(log)).toEqual([groups, groups, groups]);
  await log.close();
});

test('what a former version left in files that it used again is gone after a start, and the log is what it was', async () => {
  const log = open();
  await fill(log, 7);
  await log.close();
  const { path, at, length } = tailEntry();
  const held = Buffer.alloc(FILE_BYTES, 'what it held before ');
  const tail = readFileSync(path);
  writeFileSync(path, Buffer.concat([tail.subarray(0, at + length), held]).subarray(0, tail.length));
  const ready = logFiles().at(-1) as string;
  if (ready !== path) {
    const head = readFileSync(ready).subarray(0, FILE_HEAD_BYTES);
    writeFileSync(ready, Buffer.concat([head, held]).subarray(0, FILE_BYTES));
  }
  writeFileSync(join(directory, '0000000000.spare'), Buffer.concat([tail, held]).subarray(0, FILE_BYTES));
  const again = open();
  expect(await lastsOf(again)).toEqual([7, 7, 7]);
  for (const name of readdirSync(directory))
    expect(readFileSync(join(directory, name)).includes('what it held before'), name).toBe(false);
  await fill(again, 5);
  expect(await lastsOf(again)).toEqual([12, 12, 12]);
  await again.close();
});

const spares = (): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.spare'))
    .map((name) => join(directory, name));

test('trim marks: of the two lists the newer whole one counts, and none is a fault', async () => {
  const log = open();
  await fill(log, 8);
  await log.trim(0, 3);
  await log.trim(0, 5);
  await log.close();
  const path = join(directory, 'trimmed');
  const whole = readFileSync(path);
  flip(path, 9 * 8);
  expect(await reopened()).toEqual([8, 8, 8]);
  flip(path, (16_384 + 9) * 8);
  const damaged = readFileSync(path);
  const fault = `${path} is damaged: neither of its two lists of trim marks can be read`;
  const without = open();
  expect(await without.bounds(0)).toEqual({ first: 1, last: 8 });
  expect(without.healed).toEqual({ fault, holes: [] });
  await without.close();
  expect(open().healed.fault).toBeUndefined();
  writeFileSync(path, whole);
  const again = open();
  expect(await again.bounds(0)).toEqual({ first: 6, last: 8 });
  await again.close();
  // Of one that only reads, the next one hears of it too.
  writeFileSync(path, damaged);
  for (const _ of [1, 2]) expect(open({ isReadOnly: true }).healed.fault).toBe(fault);
});

test('trim marks that are lost or older than the files are taken from what the archive and the extent know', async () => {
  const log = open();
  await fill(log, 24);
  for (let shard = 0; shard < 3; shard++) await log.trim(shard, 17);
  await log.close();
  const path = join(directory, 'trimmed');
  rmSync(path);
  const known = open({ trimmed: [17, 17, 17] });
  expect(known.healed).toEqual({ fault: `${path} is missing`, holes: [] });
  const { first, last } = await known.bounds(1);
  expect(last).toBe(24);
  expect(first).toBeGreaterThan(1);
  expect(first).toBeLessThanOrEqual(18);
  await known.close();
  expect(await reopened()).toEqual([24, 24, 24]);
});
