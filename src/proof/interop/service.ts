import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTarget } from '../../cli/bench/target.ts';
import { type Certificate, type Certificates, makeCertificates } from './certificates.ts';

const POLICY = fileURLToPath(new URL('../../../policies/starter', import.meta.url));
/** Few shards start quickly; a machine that also builds clients makes the scorer late, which is not what is shown here. */
const START_FLAGS = ['--shards', '4', '--scorer-timeout', '1s'];

/** Where a client finds the service, and what it has to show. */
export interface Endpoint {
  /** `host:port`. */
  readonly target: string;
  readonly token: string;
  /** Absent: plain text. */
  readonly tls?: {
    /** A file with the CA of the service. */
    readonly ca: string;
    /** What the client shows of itself; absent: nothing. */
    readonly client?: Certificate;
  };
}

/** The services that clients may call, and what they need for it. */
export interface Services {
  readonly plain: Endpoint;
  readonly certificates: Certificates;
}

export interface Started extends Services {
  /** Ends them as an operator does. Rejects when one had ended before, or ended otherwise than cleanly. */
  stop(): Promise<void>;
}

/** Starts `attune serve` in a process of its own with data, token and certificates under `directory`. */
export async function startServices(directory: string, token: string): Promise<Started> {
  const certificates = await makeCertificates(directory);
  const tokens = join(directory, 'tokens');
  writeFileSync(tokens, `${token}\n`);
  const plain = await startTarget({
    dataDir: join(directory, 'data'),
    policyDir: POLICY,
    core: undefined,
    flags: [...START_FLAGS, '--auth-tokens-file', tokens],
  });
  return {
    plain: { target: `127.0.0.1:${plain.port}`, token },
    certificates,
    async stop() {
      const code = await plain.stop();
      if (code !== 0) throw new Error(`the service ended with ${code}:\n${plain.output().slice(-4_000)}`);
    },
  };
}
