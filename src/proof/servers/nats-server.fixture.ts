/** A real nats-server with JetStream, on loopback, in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsServerProgram } from './server-programs.fixture.ts';
import { standStill } from './stand-still.fixture.ts';

export interface NatsServerOptions {
  /** Of its data and its configuration; what is in it from before is served again. */
  readonly directory: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Of one message. */
  readonly maxPayload?: string;
}

export interface NatsServer {
  /** As `host:port`. */
  readonly address: string;
  readonly port: number;
  /** SIGCONT, SIGKILL … to its own process. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when it stands still, until SIGCONT. */
  standStill(): Promise<void>;
  /** Resolves once it has ended, by itself or by `signal`. */
  readonly ended: Promise<void>;
  /** SIGTERM, and waits. */
  stop(): Promise<void>;
}

const START_MS_MAX = 30_000;

/** Resolves when it answers. Throws ClientMissing, and Error with its last words. */
export async function startNatsServer({
  directory,
  port = -1,
  maxPayload = '8MB',
}: NatsServerOptions): Promise<NatsServer> {
  const program = await natsServerProgram();
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
  const child = spawn(program, ['-c', conf], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close').then(() => {});
  const found = await readyPort(child, ended);
  return {
    ...{ address: `127.0.0.1:${found}`, port: found, ended },
    signal: (name) => void child.kill(name),
    standStill: () => standStill(child),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function readyPort(child: ChildProcess, ended: Promise<void>): Promise<number> {
  let said = '';
  const ready = new Promise<number>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, port] = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (port !== undefined && said.includes('Server is ready')) resolve(Number(port));
    });
  });
  const died = ended.then(() => Promise.reject(new Error(`nats-server ended: ${said.slice(-600)}`)));
  const late = new Promise<never>((_, reject) =>
    setTimeout(
      () => reject(new Error(`nats-server is not ready: ${said.slice(-600)}`)),
      START_MS_MAX,
    ).unref(),
  );
  died.catch(() => {});
  return Promise.race([ready, died, late]);
}
