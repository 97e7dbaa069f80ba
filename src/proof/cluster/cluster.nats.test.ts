import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ended, saying, startScript } from '../../cli/scratch-command.fixture.ts';
import { isThere, natsServerProgram, redisServerProgram } from '../servers/server-programs.ts';

const MAIN = 'src/proof/cluster/main.ts';

const hasServers = (await isThere(natsServerProgram)) && (await isThere(redisServerProgram));

// Skipped because a machine without registries has no such servers; CI can fetch them, so there it fails.
describe.skipIf(!hasServers)('npm run cluster', () => {
  async function start(...args: readonly string[]) {
    return startScript(MAIN, args, {
      ATTUNE_NATS_SERVER: await natsServerProgram(),
      ATTUNE_REDIS_SERVER: await redisServerProgram(),
      // Of a service of the user's own: nothing to those of the show.
      ATTUNE_AUTH_TOKENS_FILE: '/nowhere',
    });
  }

  test('a node that is killed and comes back loses and doubles nothing', async () => {
    const { code, stdout, stderr } = await ended(await start('--seconds', '15', '--json'));
    const { lost, doubled, acknowledged, takeoverMs, sentences, explainedAgain } = JSON.parse(stdout || '{}');
    expect({ lost, doubled, sentences, code }, stderr).toEqual({
      lost: 0,
      doubled: 0,
      sentences: [],
      code: 0,
    });
    expect(acknowledged).toBeGreaterThan(100);
    // A lease is waited for, and not much more.
    expect(takeoverMs).toBeGreaterThan(2_000);
    expect(explainedAgain).not.toBe(false);
    expect(stderr).toContain('node 2 gets SIGKILL');
    expect(stderr).toContain('node 2 has its part again');
  }, 180_000);

  test('Ctrl-C leaves no process and no directory', async () => {
    const show = await start();
    const end = ended(show);
    const [, directory = ''] = await saying(show, /files in (\S+)\.\n/);
    const [, port] = await saying(show, /NATS answers at 127\.0\.0\.1:(\d+)/);
    expect(existsSync(directory)).toBe(true);
    show.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stdout: expect.stringContaining('nothing is left behind') });
    expect(existsSync(directory)).toBe(false);
    await expect(connected(Number(port))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }, 120_000);
});

test('a program that is named and is not there is told', async () => {
  const env = { ATTUNE_NATS_SERVER: '/nowhere/nats', ATTUNE_REDIS_SERVER: '/nowhere/redis' };
  const { code, stderr } = await ended(startScript(MAIN, [], env));
  expect({ code, stderr }).toEqual({ code: 69, stderr: '/nowhere/nats is not there\n' });
});

test('so short a time that the node would not be back is refused', async () => {
  const { code, stderr } = await ended(startScript(MAIN, ['--seconds', '14']));
  expect({ code, stderr }).toEqual({ code: 2, stderr: '--seconds must be from 15 to 600, not 14\n' });
});

function connected(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
