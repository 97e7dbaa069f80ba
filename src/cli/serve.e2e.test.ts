import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from './scratch-command.fixture.ts';

let scratch: ScratchDirectory;
let holder: Server;
let taken = '';

beforeAll(async () => {
  scratch = scratchDirectory();
  holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  taken = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
});

afterAll(() => {
  holder.close();
  scratch.remove();
});

const serve = (dir: string, ...flags: string[]) =>
  runCommand(['serve', '--shards', '2', '--log-level', 'error', '--dir', dir, ...flags]);

describe('a service that cannot start says why in a sentence and leaves nothing behind', () => {
  test('when the port of the metrics is taken', async () => {
    const dir = join(scratch.path, 'metrics');
    const { code, stderr } = await serve(dir, '--listen', '127.0.0.1:0', '--metrics-listen', taken);
    expect(stderr).toBe(
      `metrics cannot listen on ${taken}: the port is taken; give --metrics-listen another\n`,
    );
    expect(code).toBe(69);
    expect(existsSync(join(dir, 'lock'))).toBe(false);
  });

  test('when metrics are to listen where gRPC does', async () => {
    const dir = join(scratch.path, 'same');
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const both = `127.0.0.1:${(free.address() as AddressInfo).port}`;
    await new Promise((resolve) => free.close(resolve));
    const { code, stderr } = await serve(dir, '--listen', both, '--metrics-listen', both);
    expect(stderr).toContain(`metrics cannot listen on ${both}: the port is taken`);
    expect(code).toBe(69);
    expect(existsSync(join(dir, 'lock'))).toBe(false);
  });

  test('when what should hold the policy is a file', async () => {
    const dir = join(scratch.path, 'policy');
    const { code, stderr } = await serve(dir, '--listen', '127.0.0.1:0', '--policy-dir', 'README.md');
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'README.md is not a directory.\n' });
    expect(existsSync(join(dir, 'lock'))).toBe(false);
  });

  test('when the port of gRPC is taken, without a line of grpc-js before it', async () => {
    const dir = join(scratch.path, 'grpc');
    const { code, stderr } = await serve(dir, '--listen', taken, '--no-metrics');
    expect(stderr).toBe(`gRPC cannot listen on ${taken}: the port is taken; give --listen another\n`);
    expect(code).toBe(69);
    expect(existsSync(join(dir, 'lock'))).toBe(false);
  });
});

test('a folder of the policy that is not there is told to be not watched, and the service goes on', async () => {
  const none = join(scratch.path, 'none');
  const flags = ['--store', 'memory', '--no-metrics', '--listen', '127.0.0.1:0', '--policy-dir', none];
  const service = startCommand(['serve', '--shards', '2', ...flags]);
  const said = ended(service);
  await saying(service, /attune listens on/);
  service.kill('SIGTERM');
  const { code, stderr, stdout } = await said;
  expect(code).toBe(0);
  expect(`${stdout}${stderr}`).toContain(`${none} does not exist and is not watched; give --policy-dir`);
});
