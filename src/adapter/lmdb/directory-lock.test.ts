import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { lockDirectory } from './directory-lock.ts';

const MODULE = new URL('./directory-lock.ts', import.meta.url).href;

let directory: ScratchDirectory;
beforeEach(() => {
  directory = scratchDirectory();
});
afterEach(() => directory.remove());

const options = { onLost: () => {}, onFault: () => {} };

test('a second lock is refused with the holder’s pid and since when, until the first is released', () => {
  const first = lockDirectory(directory.path, options);
  const holder = `is used by process ${process.pid} on ${hostname()} since 20`;
  expect(() => lockDirectory(directory.path, options)).toThrow(holder);
  first.release();
  lockDirectory(directory.path, options).release();
});

test('a file in the place of the directory, or of one above it, is told as that', () => {
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'data')]) {
    const sentence = `the data directory ${path} cannot be locked: it, or a part of its path, is a file`;
    expect(() => lockDirectory(path, options)).toThrow(
      expect.objectContaining({ name: 'PortError', message: sentence }),
    );
  }
});

test('another process holds the lock as long as it lives, and dying by kill -9 leaves it to the next', async () => {
  const child = await childWithLock(directory.path);
  expect(() => lockDirectory(directory.path, options)).toThrow(`process ${child.pid} on`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockDirectory(directory.path, options).release();
});

test('a pid that was given to another process since is not the holder', () => {
  const first = lockDirectory(directory.path, options);
  const text = readFileSync(first.file, 'utf8');
  first.release();
  writeFileSync(join(directory.path, 'lock'), text.replace(/"started":"\d+"/, '"started":"1"'));
  expect(() => lockDirectory(directory.path, options).release()).not.toThrow();
});

test('a lock from before the machine started again is nobody’s', () => {
  const first = lockDirectory(directory.path, options);
  const text = readFileSync(first.file, 'utf8');
  first.release();
  writeFileSync(join(directory.path, 'lock'), text.replace(/"boot":"[^"]*"/, '"boot":"other"'));
  expect(() => lockDirectory(directory.path, options).release()).not.toThrow();
});

test('a holder on another host counts as alive until its file has been silent', () => {
  const first = lockDirectory(directory.path, options);
  const text = readFileSync(first.file, 'utf8');
  first.release();
  const file = join(directory.path, 'lock');
  writeFileSync(file, text.replace(/"host":"[^"]*"/, '"host":"elsewhere"'));
  expect(() => lockDirectory(directory.path, options)).toThrow('on elsewhere since');
  const before = new Date(Date.now() - 60_000);
  utimesSync(file, before, before);
  lockDirectory(directory.path, options).release();
});

test('a lock that cannot be read is left alone', () => {
  writeFileSync(join(directory.path, 'lock'), 'mine');
  expect(() => lockDirectory(directory.path, options)).toThrow(
    /cannot be read: remove .*lock if no process uses it/,
  );
});

test('of several processes that take over a dead one’s lock at once, one gets it', async () => {
  const dead = await childWithLock(directory.path);
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  const children = await Promise.allSettled(Array.from({ length: 4 }, () => childWithLock(directory.path)));
  const holders = children.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const holder of holders) holder.kill('SIGKILL');
  expect(holders).toHaveLength(1);
});

test('a lock whose file is gone, another one or written over is lost, and that is told once', async () => {
  const takeAway = [
    (file: string) => rmSync(file),
    (file: string) => {
      renameSync(file, `${file}.old`);
      writeFileSync(file, 'theirs');
    },
    (file: string) => writeFileSync(file, 'theirs'),
  ];
  for (const take of takeAway) {
    const sentence = await new Promise<string>((onLost) => {
      const { file } = lockDirectory(directory.path, { ...options, onLost, beatMs: 1 });
      take(file);
    });
    expect(sentence).toMatch(/^the lock .*lock was taken by another process: (it is gone|theirs)$/);
    rmSync(join(directory.path, 'lock'), { force: true });
  }
});

test('a holder that was stopped for so long that others may have taken its lock looks before it writes, and not each time', () => {
  const told: string[] = [];
  const tell = { ...options, onLost: (sentence: string) => void told.push(sentence), beatMs: 1e6 };
  const lock = lockDirectory(directory.path, tell);
  const now = vi.spyOn(Date, 'now');
  try {
    const after = (ms: number): void =>
      void now.mockReturnValue(performance.timeOrigin + performance.now() + ms);
    const old = new Date(0);
    utimesSync(lock.file, old, old);
    after(14_000);
    lock.confirm();
    expect(statSync(lock.file).mtimeMs).toBe(0);
    after(16_000);
    lock.confirm();
    // It shows by that that it lives.
    expect(statSync(lock.file).mtimeMs).toBeGreaterThan(0);
    renameSync(lock.file, `${lock.file}.old`);
    writeFileSync(lock.file, 'theirs');
    lock.confirm();
    after(60_000);
    const lost = {
      kind: 'unavailable',
      outcome: 'nothing_written',
      message: `the lock ${lock.file} was taken by another process: theirs`,
    };
    for (let n = 0; n < 2; n++) expect(() => lock.confirm()).toThrow(expect.objectContaining(lost));
    expect(told).toEqual([lost.message]);
  } finally {
    now.mockRestore();
    lock.release();
  }
});

test('a holder without a free descriptor keeps its lock fresh, refuses with a sentence, and recovers', async () => {
  const other = join(directory.path, 'other');
  const script = `
    const { openSync, closeSync } = await import('node:fs');
    const { lockDirectory } = await import(${JSON.stringify(MODULE)});
    const tell = (name) => ({ onLost: (s) => console.log(name, s), onFault: (s) => console.log(name, s), beatMs: 5 });
    lockDirectory(${JSON.stringify(directory.path)}, tell('lost'));
    const held = [];
    try { for (;;) held.push(openSync('/dev/null')); } catch (cause) { console.log(cause.code); }
    const take = () => {
      try { lockDirectory(${JSON.stringify(other)}, tell('lost')); console.log('taken'); }
      catch (fault) { console.log(fault.name, fault.kind, fault.message); }
    };
    take();
    process.stdin.once('data', () => { held.forEach(closeSync); take(); });`;
  const node = `"${process.execPath}" --input-type=module --eval "$0"`;
  const child = spawn('bash', ['-c', `ulimit -n 64; exec ${node}`, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await said.next()).value;
  expect(await next()).toBe('EMFILE');
  expect(await next()).toMatch(/^PortError unavailable the data directory .*other cannot be locked: EMFILE/);
  const file = join(directory.path, 'lock');
  for (let beats = 0, at = 0; beats < 3; await new Promise<void>((resolve) => setImmediate(resolve))) {
    const { mtimeMs } = statSync(file);
    if (mtimeMs > at) beats++;
    at = mtimeMs;
  }
  child.stdin.write('free');
  expect(await next()).toBe('taken');
  expect(() => lockDirectory(directory.path, options)).toThrow(`process ${child.pid} on`);
  child.kill('SIGKILL');
  await once(child, 'exit');
});

/** Resolves once a process of its own holds the lock, rejects with what it says instead. */
async function childWithLock(path: string): Promise<ChildProcess> {
  const script = `
    const { lockDirectory } = await import(${JSON.stringify(MODULE)});
    lockDirectory(${JSON.stringify(path)}, { onLost: () => {}, onFault: () => {} });
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const held = await new Promise<boolean>((resolve) => {
    child.stdout.once('data', () => resolve(true));
    child.once('exit', () => resolve(false));
  });
  if (!held) throw new Error(String(child.stderr.read()));
  return child;
}
