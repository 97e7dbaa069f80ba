import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTarget, type Target } from '../bench/target.ts';
import { type Certificate, type InteropCertificates, makeInteropCertificates } from './certificates.ts';

const POLICY = fileURLToPath(new URL('../../../policies/starter', import.meta.url));
/** Few shards start quickly; a machine that also builds clients makes the scorer late, which is not what is shown here. */
const START_FLAGS = ['--shards', '4', '--scorer-timeout', '100ms'];

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

/** The services that clients may call, all of them with a token, and what they need for it. */
export interface Services {
  readonly plain: Endpoint;
  readonly tls: Endpoint;
  /** TLS, and callers show a certificate. */
  readonly mutual: Endpoint;
  readonly certificates: InteropCertificates;
}

export interface Started extends Services {
  /** Ends them as an operator does. Rejects when one had ended before, or ended otherwise than cleanly. */
  stop(): Promise<void>;
}

/**
 * Starts `attune serve` three times, each in a process of its own, with data and certificates under `directory`. Callers send
 * `sent`, which is the services' token `token` unless they are to be refused.
 */
export async function startServices(directory: string, token: string, sent = token): Promise<Started> {
  const certificates = await makeInteropCertificates(directory);
  const { ca, server, client } = certificates;
  const tokens = join(directory, 'tokens');
  writeFileSync(tokens, `${token}\n`);
  const started: Target[] = [];
  const start = async (name: string, flags: readonly string[]): Promise<Endpoint> => {
    const target = await startTarget({
      dataDir: join(directory, name),
      policyDir: POLICY,
      core: undefined,
      flags: [...START_FLAGS, '--auth-tokens-file', tokens, ...flags],
    });
    started.push(target);
    return { target: `127.0.0.1:${target.port}`, token: sent };
  };
  const stop = async (): Promise<void> => {
    const codes = await Promise.all(started.map((target) => target.stop()));
    const broken = started.find((_, at) => codes[at] !== 0);
    if (broken !== undefined)
      throw new Error(`a service did not end well:\n${broken.output().slice(-4_000)}`);
  };
  const secured = ['--tls-cert', server.cert, '--tls-key', server.key];
  try {
    return {
      plain: await start('data', []),
      tls: { ...(await start('data-tls', secured)), tls: { ca } },
      mutual: {
        ...(await start('data-mutual', [...secured, '--tls-client-ca', ca])),
        tls: { ca, client },
      },
      certificates,
      stop,
    };
  } catch (fault) {
    await stop();
    throw fault;
  }
}
