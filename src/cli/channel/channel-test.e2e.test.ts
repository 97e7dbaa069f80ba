/** The kit against channel systems that are right, and against one flaw at a time. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../client/attune-client.ts';
import { serveMail } from '../../client/examples/mail-channel.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from '../scratch-command.fixture.ts';
import { type KitReport, testChannel } from './channel-test.ts';
import { FLAWS, FlawedChannel } from './flawed-channel.fixture.ts';
import { KIT_RULES } from './kit-rules.ts';
import { KitServer } from './kit-server.ts';

const WAIT_MS = 400;
const SETTINGS = {
  channel: 'email',
  identifiers: [{ kind: 'email_sha256', value: 'aa' }],
  waitMs: WAIT_MS,
  audience: 'kit',
};
const LOCAL = { host: '127.0.0.1', port: 0 };

async function tested(flaw?: (typeof FLAWS)[number]): Promise<KitReport> {
  const server = await KitServer.start(LOCAL);
  const channel = new FlawedChannel(server.address, flaw);
  try {
    return await testChannel(server, SETTINGS, 5_000);
  } finally {
    channel.close();
    server.close();
  }
}

function told(report: KitReport): string[] {
  return report.rules.flatMap((rule) =>
    rule.outcome === 'right' ? [] : [`${rule.id} ${rule.outcome}: ${rule.found}`],
  );
}

describe('the kit', () => {
  test('finds nothing in a channel system without a flaw', async () => {
    const report = await tested();
    expect(told(report)).toEqual([]);
    expect(report).toMatchObject({ channel: 'email', client: 'flawed', right: KIT_RULES.length });
  });

  test('has a flaw for each of its rules', () => {
    expect(KIT_RULES.map(({ id }) => id).toSorted()).toEqual([...FLAWS].toSorted());
  });

  test.concurrent.each(FLAWS)('finds one that breaks "%s"', { timeout: 60_000 }, async (flaw) => {
    const report = await tested(flaw);
    expect(report.rules.find(({ id }) => id === flaw)?.outcome, told(report).join('\n')).toBe('wrong');
  });
});

describe('the mail channel of the examples', () => {
  let scratch: ScratchDirectory;

  beforeEach(() => {
    scratch = scratchDirectory();
  });

  afterEach(() => {
    scratch.remove();
  });

  test('breaks no rule, and writes each mail once', async () => {
    const server = await KitServer.start(LOCAL);
    const client = connect(server.address);
    const mails = serveMail(client, { directory: scratch.path, holdMs: 50 });
    try {
      const report = await testChannel(server, SETTINGS, 5_000);
      expect(told(report)).toEqual([]);
    } finally {
      mails.close();
      client.close();
      server.close();
    }
    const sent = readdirSync(join(scratch.path, 'sent'));
    expect(sent.length).toBeGreaterThan(20);
    expect(readdirSync(join(scratch.path, 'spool'))).toEqual([]);
    expect(readdirSync(join(scratch.path, 'stopped'))).toHaveLength(1);
    const text = readFileSync(join(scratch.path, 'sent', sent[0] ?? ''), 'utf8');
    expect(text).toMatch(/^To: email_sha256=aa\r\nSubject: A test of the channel\r\n/);
  });
});

describe('attune channel test', () => {
  test('prints a line a rule, or one JSON object, and its exit code says whether one was broken', async () => {
    const kit = startCommand([
      'channel',
      'test',
      '--channel',
      'email',
      '--listen',
      '127.0.0.1:0',
      '--wait',
      '400ms',
    ]);
    const end = ended(kit);
    const [, address = ''] = await saying(kit, /waiting at (\S+) for/);
    const channel = new FlawedChannel(address, 'expired');
    const { code, stdout } = await end;
    channel.close();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^right +hello +The first message/);
    expect(stdout).toMatch(
      /\nwrong +expired +A delivery whose not_after has passed is rejected\n +it accepted it\n/,
    );
    expect(stdout).toMatch(/\nflawed \(email\): \d+ right, \d wrong, 0 not to be seen\n$/);
  });

  test('says so when nobody connects, and what is wrong with its flags', async () => {
    const quick = ['--listen', '127.0.0.1:0', '--connect-wait', '50ms'];
    const nobody = await runCommand(['channel', 'test', '--channel', 'email', ...quick]);
    expect(nobody.code).toBe(69);
    expect(nobody.stderr).toMatch(/no channel system connected to 127\.0\.0\.1:\d+ in time\n$/);
    const other = await runCommand(['channel', 'test', '--channel', 'pigeon', ...quick]);
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('--channel is one of web,');
    const wait = await runCommand(['channel', 'test', '--channel', 'email', '--wait', 'long']);
    expect(wait.code).toBe(2);
    expect(wait.stderr).toContain('--wait');
  });
});
