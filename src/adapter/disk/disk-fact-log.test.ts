import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendGroup, factLogContract } from '../../port/fact-log.contract.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { DiskFactLog, type DiskFactLogOptions } from './disk-fact-log.ts';
import { openLogDirectory } from './log-directory.ts';

factLogContract(
  'DiskFactLog',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async () => new DiskFactLog(directory.path),
      destroy: async () => directory.remove(),
    };
  },
  { runs: 3 },
);

// So small that files fill, are freed and are used again within few records.
factLogContract(
  'DiskFactLog with small files',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async () => new DiskFactLog(directory.path, { fileBytes: 512 }),
      destroy: async () => directory.remove(),
    };
  },
  { runs: 60 },
);

const MIB = 1_048_576;

describe('the embedded log', () => {
  let scratch: ScratchDirectory;
  let directory: string;
  beforeEach(() => {
    scratch = scratchDirectory();
    directory = join(scratch.path, 'log');
  });
  afterEach(() => scratch.remove());

  const open = (options: DiskFactLogOptions = {}): DiskFactLog => new DiskFactLog(directory, options);

  /** How many writes the log is made of. */
  const commits = (fileBytes = 64 * MIB): number =>
    openLogDirectory(directory, fileBytes).files.at(-1)?.index.lastCommit ?? 0;

  test('appends of one tick share one write, those that gather meanwhile share the next', async () => {
    const log = open();
    const append = (shard: number) => log.append(shard, 0, Uint8Array.of(shard));
    const first = Array.from({ length: 32 }, (_, shard) => append(shard));
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    const second = Array.from({ length: 32 }, (_, shard) => append(32 + shard));
    await Promise.all([...first, ...second]);
    await log.close();
    expect(commits()).toBe(2);
  });

  test('who hears of an append may append at once, before the others of its group have heard', async () => {
    const log = open();
    const faults: unknown[] = [];
    await new Promise<void>((resolve) => {
      const append = (last: number): void =>
        log.appendAll(
          [0, 1, 2].map((shard) => ({
            shard,
            expectedLast: last,
            bytes: Buffer.from(`${shard}/${last + 1}`),
          })),
          (at, fault) => {
            if (at === 0 && last < 20) append(last + 1);
            if (faults.push(fault) === 63) resolve();
          },
        );
      append(0);
    });
    expect(faults).toEqual(Array.from({ length: 63 }, () => undefined));
    for (const shard of [0, 1, 2]) {
      const records = await log.read(shard, 1, 99);
      expect(records.map(({ bytes }) => String(bytes))).toEqual(
        Array.from({ length: 21 }, (_, n) => `${shard}/${n + 1}`),
      );
    }
    await log.close();
  });

  test('a small log is small on disk, and nothing is written by one that is only read', async () => {
    const log = open();
    expect(await log.bounds(0)).toEqual({ first: 1, last: 0 });
    await log.close();
    expect(readdirSync(directory)).toEqual(['trimmed']);
    const written = open();
    await written.append(0, 0, Uint8Array.of(1));
    await written.close();
    const bytes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2 * MIB);
  });

  test('an entry larger than a file is to be gets one of its own size', async () => {
    const fileBytes = 4_096;
    const log = open({ fileBytes });
    const body = (n: number): Buffer => Buffer.alloc(n === 2 ? 100_001 : 900, n);
    for (let n = 1; n <= 8; n++) await log.append(0, n - 1, body(n));
    await log.close();
    const again = open({ fileBytes });
    expect((await again.read(0, 1, 9)).map(({ bytes }) => bytes)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(body));
    await again.trim(0, 7);
    for (let n = 9; n <= 30; n++) await again.append(0, n - 1, body(n));
    await again.trim(0, 29);
    await again.close();
    // It is no spare: those all have one size.
    for (const name of readdirSync(directory).filter((each) => /log|spare/.test(each)))
      expect(statSync(join(directory, name)).size).toBe(fileBytes);
  });

  test('what was acknowledged is there after kill -9', async () => {
    const module = new URL('./disk-fact-log.ts', import.meta.url).href;
    const script = `
      const { DiskFactLog } = await import(${JSON.stringify(module)});
      const log = new DiskFactLog(${JSON.stringify(directory)}, { fileBytes: 65536 });
      for (let n = 0; ; n++) {
        await Promise.all([0, 1, 2].map((shard) => log.append(shard, n, Buffer.alloc(700, n))));
        process.stdout.write(n + 1 + '\\n');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === 250) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const log = open({ fileBytes: 65_536 });
    for (const shard of [0, 1, 2]) {
      const { last } = await log.bounds(shard);
      expect(last).toBeGreaterThanOrEqual(acknowledged);
      const records = await log.read(shard, 1, last);
      expect(records.map(({ bytes }) => bytes[699])).toEqual(
        Array.from({ length: last }, (_, n) => n & 0xff),
      );
    }
    await log.close();
  });

  test('without room for another file appends are refused, what is there is read and trimmed, and they go on when there is', async () => {
    const world = { freeBytes: 100 * MIB, at: 0, looks: 0 };
    const log = open({
      fileBytes: 4_096,
      reserveBytes: 10 * MIB,
      now: () => world.at,
      freeBytes: async () => {
        world.looks++;
        return world.freeBytes;
      },
    });
    const body = Buffer.alloc(1_000, 7);
    await log.append(0, 0, body);
    world.freeBytes = 10 * MIB;
    // What was prepared is written to; then nothing more is.
    let last = 1;
    const fill = async (): Promise<unknown> => {
      for (;;) {
        const [fault] = await appendGroup(log, [{ shard: 0, expectedLast: last, bytes: body }]);
        if (fault !== undefined) return fault;
        last++;
      }
    };
    const full = {
      kind: 'full',
      outcome: 'nothing_written',
      message: `the disk of ${directory} has 10 MiB left; the log needs 1 more, and 10 are kept in reserve; free some space`,
    };
    expect(await fill()).toMatchObject(full);
    expect(last).toBe(3);
    const { looks } = world;
    const group = [0, 1].map((shard) => ({ shard, expectedLast: shard === 0 ? last : 0, bytes: body }));
    for (let n = 0; n < 5; n++) expect(await appendGroup(log, group)).toMatchObject([full, full]);
    // The disk was not asked again within a second.
    expect(world.looks).toBe(looks);
    expect(await log.bounds(0)).toEqual({ first: 1, last: 3 });
    await log.trim(0, 1);
    expect(await log.read(0, 1, 10)).toHaveLength(2);
    world.freeBytes = 100 * MIB;
    world.at += 999;
    expect(await appendGroup(log, group)).toMatchObject([full, full]);
    world.at += 1;
    expect(await appendGroup(log, group)).toEqual([undefined, undefined]);
    await log.close();
    const again = open({ fileBytes: 4_096 });
    expect(await again.bounds(0)).toEqual({ first: 2, last: 4 });
    expect(await again.bounds(1)).toEqual({ first: 1, last: 1 });
    await again.close();
  });

  test('a disk that is full in the middle of preparing a file costs nothing that was acknowledged', async () => {
    const module = new URL('./disk-fact-log.ts', import.meta.url).href;
    const script = `
      const { DiskFactLog } = await import(${JSON.stringify(module)});
      const log = new DiskFactLog(${JSON.stringify(directory)});
      const faults = [];
      let last = 0;
      while (faults.length < 2)
        await log.append(0, last, Buffer.alloc(50_000, last)).then(() => last++, ({ kind, outcome }) => faults.push([kind, outcome]));
      await log.close();
      process.stdout.write(JSON.stringify({ last, faults }));`;
    // A limit on the length of files makes writes short, and then fail, as a full disk does; in blocks of 512 bytes.
    const limited = 'trap "" XFSZ; ulimit -f 8000; exec "$0" --input-type=module --eval "$1"';
    const child = spawn('sh', ['-c', limited, process.execPath, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    for await (const piece of child.stdout) out += String(piece);
    const { last, faults } = JSON.parse(out) as { last: number; faults: unknown };
    expect(faults).toEqual([
      ['full', 'nothing_written'],
      ['full', 'nothing_written'],
    ]);
    // Files of 1 and 2 MiB, and none of 4.
    expect(last).toBeGreaterThan(50);
    expect(readdirSync(directory).filter((name) => /log$|tmp$/.test(name))).toHaveLength(2);
    const log = open();
    const records = await log.read(0, 1, 1_000);
    expect(records.map(({ bytes }) => bytes)).toEqual(
      Array.from({ length: last }, (_, n) => Buffer.alloc(50_000, n)),
    );
    await log.append(0, last, Uint8Array.of(1));
    await log.close();
  });

  test('a copy with holes in place of zeros is written to in a file without: a hole takes room only when it is written to', async () => {
    const log = open({ fileBytes: 65_536 });
    // The first file is half full, and the next one ready.
    for (let last = 0; last < 5; last++) await log.append(0, last, Buffer.alloc(8_000, last));
    await log.close();
    for (const name of readdirSync(directory).filter((name) => name.endsWith('.log'))) {
      const file = join(directory, name);
      const bytes = readFileSync(file);
      const used = bytes.findLastIndex((byte) => byte !== 0) + 1;
      // Written anew, so that what is cut off and added again has no place on the disk.
      rmSync(file);
      writeFileSync(file, bytes.subarray(0, used));
      truncateSync(file, bytes.length);
    }
    const copied = open({ fileBytes: 65_536 });
    await copied.append(0, 5, Buffer.alloc(8_000, 5));
    const records = await copied.read(0, 1, 10);
    expect(records.map(({ bytes }) => bytes)).toEqual(
      Array.from({ length: 6 }, (_, n) => Buffer.alloc(8_000, n)),
    );
    const newest = statSync(join(directory, '0000000002.log'));
    expect(newest.blocks * 512).toBeGreaterThanOrEqual(newest.size);
    await copied.close();
    const again = open({ fileBytes: 65_536 });
    expect(openLogDirectory(directory, 65_536).files.at(-1)?.file.number).toBe(2);
    expect(await again.bounds(0)).toEqual({ first: 1, last: 6 });
    await again.append(0, 6, Uint8Array.of(1));
    await again.close();
  });

  test('on a full disk files that were trimmed are enough to go on', async () => {
    const world = { freeBytes: 200 * MIB };
    const log = open({ fileBytes: 4_096, freeBytes: async () => world.freeBytes });
    const body = Buffer.alloc(1_000, 7);
    let last = 0;
    for (; last < 20; last++) await log.append(0, last, body);
    await log.trim(0, last);
    world.freeBytes = 0;
    for (const end = last + 6; last < end; last++) await log.append(0, last, body);
    expect(await log.bounds(0)).toMatchObject({ last });
    await log.close();
  });

  test('a write behind the close is refused, and one under way is waited for', async () => {
    const log = open();
    const under = log.append(0, 0, Uint8Array.of(1));
    const closing = log.close();
    await under;
    await closing;
    const closed = { kind: 'unavailable', outcome: 'nothing_written' };
    await expect(log.append(0, 1, Uint8Array.of(1))).rejects.toMatchObject(closed);
    const unused = open();
    await unused.close();
    await expect(unused.append(0, 1, Uint8Array.of(1))).rejects.toMatchObject(closed);
  });

  test('a directory that cannot be made, and a file that cannot be written to, are unavailable and named', async () => {
    writeFileSync(join(scratch.path, 'occupied'), '');
    const path = join(scratch.path, 'occupied', 'log');
    await expect(new DiskFactLog(path).append(0, 0, Uint8Array.of(1))).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(path),
    });
  });

  test('records of many files are read in one call, each look-up opens few of them', async () => {
    const log = open({ fileBytes: 4_096 });
    for (let n = 0; n < 300; n++)
      await appendGroup(
        log,
        [0, 1].map((shard) => ({ shard, expectedLast: n, bytes: Buffer.alloc(200, `${shard}/${n + 1} `) })),
      );
    const before = openFiles();
    const records = await log.read(1, 1, 1_000);
    expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
    for (const { sequence, bytes } of records) expect(bytes).toEqual(Buffer.alloc(200, `1/${sequence} `));
    expect(openFiles() - before).toBeLessThanOrEqual(8);
    await log.close();
  });
});

/** Descriptors of this process: the lowest one free tells no less. */
function openFiles(): number {
  const fd = openSync(import.meta.filename, 'r');
  closeSync(fd);
  return fd;
}
