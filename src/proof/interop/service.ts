import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTarget } from '../../cli/bench/target.ts';

const POLICY = fileURLToPath(new URL('../../../policies/starter', import.meta.url));
/** 200 channels of two clients at once, and everything else. */
const START_FLAGS = ['--shards', '4', '--scorer-timeout', '1s'];

/** Where a client finds the service, and what it has to show. */
export interface Endpoint {
  /** `host:port`. */
  readonly target: string;
  readonly token: string;
}

export interface Service extends Endpoint {
  /** Ends it as an operator does. Rejects when it had ended before, or ended otherwise than cleanly. */
  stop(): Promise<void>;
}

/** Starts `attune serve` in a process of its own with the data and the token under `directory`. */
export async function startService(directory: string, token: string): Promise<Service> {
  const tokens = join(directory, 'tokens');
  writeFileSync(tokens, `${token}\n`);
  const target = await startTarget({
    dataDir: join(directory, 'data'),
    policyDir: POLICY,
    core: undefined,
    flags: [...START_FLAGS, '--auth-tokens-file', tokens],
  });
  return {
    target: `127.0.0.1:${target.port}`,
    token,
    async stop() {
      const code = await target.stop();
      if (code !== 0) throw new Error(`the service ended with ${code}:\n${target.output().slice(-4_000)}`);
    },
  };
}
