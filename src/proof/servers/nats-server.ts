/** A real nats-server with JetStream, on loopback, in a directory of its own. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guard } from './guard.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { natsServerProgram } from './server-programs.ts';

export interface NatsServerOptions {
  /** Of its data and its configuration; what is in it from before is served again. */
  readonly directory: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Of one message. */
  readonly maxPayload?: string;
  /** Further lines of its configuration. */
  readonly settings?: readonly string[];
  /** With it the server speaks TLS, and its users are those of deploy/nats. */
  readonly guard?: Guard | undefined;
  /** Default: the one that is at hand. */
  readonly program?: string;
}

export interface NatsServer extends ServerProcess {
  /** As `host:port`. */
  readonly address: string;
  readonly port: number;
}

const ACCOUNTS = fileURLToPath(new URL('../../../deploy/nats/accounts.conf', import.meta.url));

/** Resolves when it answers. Throws ClientMissing, and Error with its last words. */
export async function startNatsServer({
  directory,
  port = -1,
  maxPayload = '8MB',
  settings = [],
  guard,
  program,
}: NatsServerOptions): Promise<NatsServer> {
  const conf = join(directory, 'nats.conf');
  writeFileSync(
    conf,
    [
      `listen: "127.0.0.1:${port}"`,
      `max_payload: ${maxPayload}`,
      `jetstream { store_dir: "${join(directory, 'store')}", max_mem: 64MB, max_file: 4GB }`,
      ...settings,
      ...(guard === undefined ? [] : guarded(directory, guard)),
      '',
    ].join('\n'),
  );
  const server = await startServer(program ?? (await natsServerProgram()), ['-c', conf], portOf);
  return { ...server, port: server.found, address: `127.0.0.1:${server.found}` };
}

/** The accounts as they are shipped, with passwords of the test's own. */
function guarded(directory: string, guard: Guard): string[] {
  copyFileSync(ACCOUNTS, join(directory, 'accounts.conf'));
  const passwords = [
    `ATTUNE_NODE_PASSWORD: "${guard.passwordOf('attune-node')}"`,
    `ATTUNE_READER_PASSWORD: "${guard.passwordOf('attune-reader')}"`,
    `ATTUNE_AUDITOR_PASSWORD: "${guard.passwordOf('attune-auditor')}"`,
    `ATTUNE_OPERATOR_PASSWORD: "${guard.passwordOf('attune-operator')}"`,
    `SYSTEM_PASSWORD: "${guard.passwordOf('system')}"`,
  ];
  writeFileSync(join(directory, 'passwords.conf'), `${passwords.join('\n')}\n`, { mode: 0o600 });
  const { cert, key } = guard.server;
  return [`tls { cert_file: "${cert}", key_file: "${key}", timeout: 5 }`, 'include "accounts.conf"'];
}

function portOf(said: string): number | undefined {
  const [, port] = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
  return port !== undefined && said.includes('Server is ready') ? Number(port) : undefined;
}
