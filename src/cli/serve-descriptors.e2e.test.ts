/** A started service whose descriptors are all taken: it lives, answers who is connected, and recovers. */
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { connect } from '../client/attune-client.ts';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { ended, saying, startWithDescriptors } from './scratch-command.fixture.ts';

const scratch = scratchDirectory();
afterEach(() => scratch.remove());

test('without a free descriptor decisions go on, a policy that cannot be read is told, and taken when it can', async () => {
  const policy = join(scratch.path, 'policy');
  cpSync('policies/starter', policy, { recursive: true });
  const flags = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--shards', '2'];
  const dirs = ['--dir', join(scratch.path, 'data'), '--policy-dir', policy];
  const service = startWithDescriptors(90, ['serve', ...flags, ...dirs]);
  const exit = ended(service);
  const [[, port], [, metrics]] = await Promise.all([
    saying(service, /attune listens on 127\.0\.0\.1:(\d+)/),
    saying(service, /metrics on http:\/\/127\.0\.0\.1:(\d+)/),
  ]);
  const client = connect(`127.0.0.1:${port}`);
  const decide = () =>
    client.decide({ identifiers: [{ kind: 'crm', value: 'c1' }], placements: ['home_hero'] });
  await decide();
  const silent: Socket[] = [];
  for (let n = 0; n < 64; n++) {
    const socket = connectTcp(Number(metrics), '127.0.0.1').on('error', () => {});
    silent.push(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  }
  const told = saying(
    service,
    /policy (is not watched|could not be read)[^\n]*tried again in 5 s\n[\s\S]*EMFILE/,
  );
  const file = join(policy, 'policy.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('name: starter', 'name: shop'));
  await told;
  expect((await decide()).policyVersion).toMatch(/^starter@/);
  const taken = saying(service, /policy (shop@\S+) is in force/);
  for (const socket of silent) socket.destroy();
  const [, version = ''] = await taken;
  expect((await decide()).policyVersion).toBe(version);
  client.close();
  service.kill('SIGTERM');
  expect(await exit).toMatchObject({ code: 0 });
});
