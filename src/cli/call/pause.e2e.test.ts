/** Pausing and resuming as an operator does it, over a kill, and what explains and verifies it. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyDirectory } from '../../audit/verify.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from '../scratch-command.fixture.ts';

let scratch: ScratchDirectory;
let service: ChildProcess;
let address = '';
let metrics = '';

beforeEach(async () => {
  scratch = scratchDirectory();
  await start();
});

afterEach(async () => {
  await end('SIGKILL');
  scratch.remove();
});

async function start(): Promise<void> {
  const dir = join(scratch.path, 'data');
  const listen = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0'];
  service = startCommand(['serve', ...listen, '--dir', dir, '--shards', '2']);
  const [[, port = ''], [, url = '']] = await Promise.all([
    saying(service, /listens on 127\.0\.0\.1:(\d+)/),
    saying(service, /metrics on (http:\S+)\/metrics/),
  ]);
  address = `127.0.0.1:${port}`;
  metrics = url;
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const gone = ended(service);
  service.kill(signal);
  await gone;
}

function call(...args: string[]) {
  return runCommand(args, { env: { ATTUNE_ADDRESS: address } });
}

async function json(...args: string[]) {
  return JSON.parse((await call(...args, '--json')).stdout);
}

const EMAIL = 'a'.repeat(64);
const ANNA = ['--id', 'loyalty=L1', '--id', `email_sha256=${EMAIL}`];

async function order(): Promise<void> {
  const bought = {
    ...{ id: 'o1', source: 'till', name: 'Order Completed', occurredAt: new Date().toISOString() },
    identifiers: [
      { kind: 'loyalty', value: 'L1' },
      { kind: 'email_sha256', value: EMAIL },
    ],
    products: [{ productId: 'p', category: 'coats', price: 90, quantity: 1 }],
    order: { orderId: 'o1', total: 90, revenue: 90 },
  };
  const env = { ATTUNE_ADDRESS: address };
  const sent = await runCommand(['send'], { env, input: `${JSON.stringify(bought)}\n` });
  expect(sent).toMatchObject({ code: 0, stderr: '' });
}

test('what is paused is refused with who, when and why, also after a kill, and derives again byte for byte', async () => {
  await order();
  const paused = await call('pause', '--outbound', '--why', 'the shop is down', '--by', 'anna');
  expect(paused.stdout).toMatch(
    /^It is paused\.\neverything outbound: paused since \S+ \S+ UTC by anna \(the shop is down\); what is pending waits\n$/,
  );
  const again = await call('pause', '--outbound', '--why', 'the shop is down', '--by', 'anna');
  expect(again.stdout).toMatch(/^It was paused so already\.\n/);
  await end('SIGKILL');
  await start();
  const [{ by, why }] = (await json('paused')).paused;
  expect([by, why]).toEqual(['anna', 'the shop is down']);
  expect(await (await fetch(`${metrics}/readyz`)).text()).toContain('paused by a call: everything outbound');
  expect(await (await fetch(`${metrics}/metrics`)).text()).toContain('attune_paused{kind="outbound"} 1');

  const { decisionId, choices } = await json('decide', ...ANNA, '--dispatch');
  expect(choices[0].noAction.reason).toBe('ALL_SUPPRESSED');
  // The page breaks its lines.
  const stdout = (await call('explain', decisionId)).stdout.replace(/\s+/g, ' ');
  expect(stdout).toMatch(/everything outbound was paused since \S+ \S+ by anna: the shop is down/);
  expect(stdout).toContain('comes out the same, byte for byte');

  expect((await call('resume', '--outbound', '--by', 'ben')).stdout).toBe(
    'It is resumed.\nNothing is paused.\n',
  );
  expect((await call('resume', '--outbound')).stdout).toBe('It was not paused.\nNothing is paused.\n');
  const after = await json('decide', ...ANNA, '--dispatch');
  expect((await call('explain', after.decisionId)).stdout).not.toContain('paused');
  expect((await call('paused', '--history')).stdout).toMatch(
    /^Nothing is paused\.\nThe last calls:\n.* resumed by ben\n.* paused by anna \(the shop is down\)\n$/,
  );
  await end('SIGTERM');
  const verified = await verifyDirectory(join(scratch.path, 'data'));
  expect(verified.different).toBe(0);
  expect(verified.decisions).toBeGreaterThanOrEqual(2);
});

test('a typing error pauses nothing and is told', async () => {
  const action = await call('pause', '--action', 'post_purchse', '--why', 'x');
  expect(action).toMatchObject({ code: 2, stdout: '' });
  expect(action.stderr).toContain('names no action of the policy in force');
  const channel = await call('pause', '--channel', 'emial', '--why', 'x');
  expect(channel).toMatchObject({ code: 2 });
  expect(channel.stderr).toContain('names no channel');
  expect((await call('pause', '--channel', 'email', '--outbound', '--why', 'x')).stderr).toContain(
    'name one of',
  );
  expect((await call('pause', '--why', 'x', '--channel', 'email', '--pending', 'drop')).code).toBe(2);
  expect((await call('paused')).stdout).toBe('Nothing is paused.\n');
});
