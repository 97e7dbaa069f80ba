/** Linking and unlinking as somebody at a desk does it, over a kill, and what verifies it. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyDirectory } from '../../audit/verify.ts';
import { connect } from '../../client/attune-client.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from '../scratch-command.fixture.ts';

let scratch: ScratchDirectory;
let service: ChildProcess;
let address = '';

beforeEach(async () => {
  scratch = scratchDirectory();
  await start();
});

afterEach(async () => {
  await end('SIGKILL');
  scratch.remove();
});

async function start(): Promise<void> {
  const listen = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0'];
  service = startCommand(['serve', ...listen, '--dir', join(scratch.path, 'data'), '--shards', '2']);
  const [, port = ''] = await saying(service, /listens on 127\.0\.0\.1:(\d+)/);
  address = `127.0.0.1:${port}`;
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const gone = ended(service);
  service.kill(signal);
  await gone;
}

const call = (...args: string[]) => runCommand(args, { env: { ATTUNE_ADDRESS: address } });

const ordered = (id: string, value: string) => ({
  ...{ id, source: 'till', name: 'Order Completed', occurredAt: timestampNow() },
  identifiers: [{ kind: 'loyalty', value }],
  products: [{ productId: 'coat', category: 'coats', price: 240, quantity: 1 }],
  order: { orderId: id, revenue: 240 },
});

/** The orders behind a card. */
async function ordersOf(value: string): Promise<number> {
  const client = connect(address);
  const { orders } = await client.getCustomer({ identifiers: [{ kind: 'loyalty', value }] });
  client.close();
  return orders.length;
}

test('who is linked and parted again over a kill has what is theirs, and the log verifies', async () => {
  const client = connect(address);
  await client.publish([ordered('o1', 'L1'), ordered('o2', 'L2')]);
  const linked = await call('link', '--id', 'loyalty=L1', '--id', 'loyalty=L2', '--why', 'called us');
  const said = /^They are customer \S+\.\nThe link is (\S+): attune unlink \1 undoes it/.exec(linked.stdout);
  const linkId = said?.[1] ?? linked.stderr;
  const again = await client.link([
    { kind: 'loyalty', value: 'L1' },
    { kind: 'loyalty', value: 'L2' },
  ]);
  client.close();
  expect(again.linkId).toBe(linkId);
  expect(await ordersOf('L2')).toBe(2);
  expect((await call('get', '--id', 'loyalty=L2')).stdout).toContain(
    `(link ${linkId}; attune unlink undoes it)`,
  );
  await end('SIGKILL');
  await start();
  const undone = await call('unlink', linkId, '--why', 'two people', '--json');
  expect(JSON.parse(undone.stdout).customerIds).toHaveLength(2);
  await end('SIGKILL');
  await start();
  expect([await ordersOf('L1'), await ordersOf('L2')]).toEqual([1, 1]);
  expect((await call('unlink', '1-0-zz-0')).stderr).toContain('the link is unknown, or too old');
  await end('SIGTERM');
  expect(await verifyDirectory(join(scratch.path, 'data'))).toMatchObject({ different: 0 });
});
