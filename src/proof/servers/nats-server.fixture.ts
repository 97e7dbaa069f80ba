/** A real nats-server with JetStream, on loopback, in a directory of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServerProcess, startServer } from './server-process.fixture.ts';
import { natsServerProgram } from './server-programs.fixture.ts';

export interface NatsServerOptions {
  /** Of its data and its configuration; what is in it from before is served again. */
  readonly directory: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Of one message. */
  readonly maxPayload?: string;
}

export interface NatsServer extends ServerProcess {
  /** As `host:port`. */
  readonly address: string;
  readonly port: number;
}

/** Resolves when it answers. Throws ClientMissing, and Error with its last words. */
export async function startNatsServer({
  directory,
  port = -1,
  maxPayload = '8MB',
}: NatsServerOptions): Promise<NatsServer> {
  const conf = join(directory, 'nats.conf');
  writeFileSync(
    conf,
    [
      `listen: "127.0.0.1:${port}"`,
      `max_payload: ${maxPayload}`,
      `jetstream { store_dir: "${join(directory, 'store')}", max_mem: 64MB, max_file: 4GB }`,
      '',
    ].join('\n'),
  );
  const server = await startServer(await natsServerProgram(), ['-c', conf], portOf);
  return { ...server, port: server.found, address: `127.0.0.1:${server.found}` };
}

function portOf(said: string): number | undefined {
  const [, port] = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
  return port !== undefined && said.includes('Server is ready') ? Number(port) : undefined;
}
