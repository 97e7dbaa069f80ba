/** A log in a process that has no free descriptor: it says so, damages nothing, and goes on when there are some again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../../port/scratch-directory.fixture.ts';

const MODULES = ['./disk-fact-log.ts', './disk-archive.ts'].map(
  (name) => new URL(name, import.meta.url).href,
);

test('without a free descriptor appends, reads, trims and segments fail with a PortError, and succeed afterwards', async () => {
  const scratch = scratchDirectory();
  const script = `
    import { closeSync, openSync } from 'node:fs';
    const { DiskFactLog } = await import(${JSON.stringify(MODULES[0])});
    const { DiskArchive } = await import(${JSON.stringify(MODULES[1])});
    let now = 0;
    const log = new DiskFactLog(${JSON.stringify(scratch.path)} + '/log', { fileBytes: 65536, reserveBytes: 0, now: () => now });
    const archive = new DiskArchive(${JSON.stringify(scratch.path)} + '/archive');
    const record = (sequence) => Buffer.alloc(8_000, sequence);
    const ended = (work) => work.then(() => 'done', (fault) => fault.name + ' ' + fault.kind + ' ' + fault.outcome + ' ' + fault.message);
    let last = 0;
    const segment = () => ended(archive.write(0, [{ sequence: 1, bytes: record(1) }], { from: 0, to: 1 }).then(() => archive.get(0, 1)));
    const append = () => ended(log.append(0, last, record(last + 1))).then((end) => (end === 'done' && last++, end));
    // Four in the newest file: half of it, at which the next one is not prepared yet.
    while (last < 20) await append();
    const held = [];
    try { for (;;) held.push(openSync('/dev/null')); } catch {}
    const told = {};
    for (told.append = 'done'; told.append === 'done' && last < 40; ) told.append = await append();
    told.get = await ended(log.get(0, 1));
    told.trim = await ended(log.trim(0, 10));
    told.segment = await segment();
    held.forEach(closeSync);
    now += 1_000;
    const afterwards = {
      append: await append(), get: await ended(log.get(0, 1)), trim: await ended(log.trim(0, 10)),
      segment: await segment(),
    };
    const kept = await log.read(0, 1, 1_000);
    const sound = kept.length === last - 10 && kept.every(({ sequence, bytes }) => record(sequence).equals(bytes));
    await log.close();
    console.log(JSON.stringify({ told, afterwards, sound }));`;
  const node = `"${process.execPath}" --input-type=module --eval "$0"`;
  const child = spawn('bash', ['-c', `ulimit -n 64; exec ${node}`, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const failed = /^PortError unavailable \w+ .*EMFILE/;
  expect(JSON.parse(said)).toEqual({
    told: {
      append: expect.stringMatching(/^PortError unavailable nothing_written .*EMFILE/),
      get: expect.stringMatching(failed),
      trim: expect.stringMatching(failed),
      segment: expect.stringMatching(failed),
    },
    afterwards: { append: 'done', get: 'done', trim: 'done', segment: 'done' },
    sound: true,
  });
  scratch.remove();
});
