/** `attune send` against a started service: what a file comes to, as its user reads it. */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from '../scratch-command.fixture.ts';

let scratch: ScratchDirectory;
let service: ChildProcess;
let exit: ReturnType<typeof ended>;
let address = '';

beforeAll(async () => {
  scratch = scratchDirectory();
  service = startCommand([
    'serve',
    '--store',
    'memory',
    '--no-metrics',
    '--shards',
    '4',
    '--listen',
    '127.0.0.1:0',
  ]);
  exit = ended(service);
  const [, port] = await saying(service, /attune listens on 127\.0\.0\.1:(\d+)/);
  address = `127.0.0.1:${port}`;
});

afterAll(async () => {
  service.kill('SIGTERM');
  await exit;
  scratch.remove();
});

const call = (userId: string, more: object = {}): string =>
  JSON.stringify({ type: 'track', event: 'Page Viewed', userId, ...more });

async function send(content: string | Buffer, ...flags: string[]) {
  const file = join(scratch.path, 'events.jsonl');
  writeFileSync(file, content);
  const { code, stdout, stderr } = await runCommand(['send', file, '--address', address, '--json', ...flags]);
  const { seconds: _, eventsPerSecond: __, ...counts } = JSON.parse(stdout) as Record<string, number>;
  return { code, stderr: stderr.replaceAll(`${file}:`, ''), counts };
}

test('a faulty line fails alone, with its number, whatever is wrong with it', async () => {
  const big = call('big', { messageId: 'big', properties: { screenshot: 'x'.repeat(4_300_000) } });
  const added = { event: 'Product Added', properties: { product_id: 'cheese', quantity: 0.5 } };
  const { code, stderr, counts } = await send(
    Buffer.concat([
      Buffer.from(
        `\ufeff${call('a', { messageId: 'a' })}\n${call('b', { messageId: 'b', ...added })}\n${big}\n`,
      ),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      Buffer.from(`\n${call('c', { messageId: 'c', properties: { note: 'soft\u2028wool' } })}\n`),
      Buffer.from(
        `${'{"type":"track","event":"X","userId":1234567890123456789}'}\n${call('d', { messageId: 'd' })}`,
      ),
    ]),
  );
  expect(counts).toEqual({
    lines: 7,
    accepted: 3,
    duplicate: 0,
    rejected: 0,
    notTaken: 0,
    faulty: 4,
    warned: 0,
  });
  expect(stderr).toBe(
    [
      '2: properties.quantity is 0.5; a whole number of units is wanted',
      `3: the line has ${big.length} bytes; at most 4194304 are read`,
      '4: the line is not UTF-8: save the file in that encoding',
      "7: userId is 1234567890123456789, beyond 2^53: JSON's numbers do not hold all of its digits; send it as text, in quotes",
      '',
    ].join('\n'),
  );
  expect(code).toBe(1);
});

test('a file that is sent twice counts once, and a line that stands in it twice counts twice', async () => {
  const lines = [call('twice'), call('other'), call('twice')].join('\n');
  expect((await send(lines)).counts).toMatchObject({ lines: 3, accepted: 3, duplicate: 0 });
  expect((await send(lines)).counts).toMatchObject({ lines: 3, accepted: 0, duplicate: 3 });
  expect((await send(`${lines}\n${call('other')}`)).counts).toMatchObject({
    lines: 4,
    accepted: 1,
    duplicate: 3,
  });
});

test('a file in UTF-16 is read, a compressed one is told', async () => {
  expect(
    (await send(Buffer.from(`\ufeff${call('wide')}\r\n${call('wide')}\r\n`, 'utf16le'))).counts,
  ).toMatchObject({
    accepted: 2,
  });
  const file = join(scratch.path, 'packed');
  writeFileSync(file, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]));
  expect(await runCommand(['send', file, '--address', address])).toMatchObject({
    code: 2,
    stderr: `${file} is compressed: unpack it on the way, as in "zcat FILE | attune …"\n`,
  });
});

test('what is left out of a line that is taken is a warning, and no failure', async () => {
  const traits = { email: 'n/a', phone: '+49 (0)170 1234567' };
  const { code, stderr, counts } = await send(call('warned', { context: { traits } }));
  expect(counts).toMatchObject({ accepted: 1, warned: 1 });
  expect(stderr).toBe(
    '1: warning: context.traits.email "n/a" is no address: that is name@host; it is left out\n',
  );
  expect(code).toBe(0);
});

test('a country that is none is refused before anything is sent', async () => {
  const { code, stderr } = await runCommand(['send', '-', '--country', 'Germany', '--address', address]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: '--country wants the code of a country (ISO 3166), such as DE, not "Germany"\n',
  });
});

test('thousands of events of one customer and of many are each sent once', async () => {
  const lines = Array.from({ length: 6_000 }, (_, n) =>
    call(n % 3 === 0 ? 'one' : `c${n % 700}`, { messageId: `m${n}` }),
  );
  expect((await send(lines.join('\n'))).counts).toMatchObject({
    lines: 6_000,
    accepted: 6_000,
    duplicate: 0,
  });
});
