/** A real Redis with an append-only file, on loopback, in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../interop/free-port.ts';
import { redisServerProgram } from './server-programs.fixture.ts';
import { standStill } from './stand-still.fixture.ts';

export interface RedisServerOptions {
  /** Of its data; what is in it from before is served again. */
  readonly directory: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Further settings, by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RedisServer {
  readonly host: string;
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
export async function startRedisServer({
  directory,
  port,
  settings = {},
}: RedisServerOptions): Promise<RedisServer> {
  const program = await redisServerProgram();
  const at = port ?? (await freePort());
  const plain = { bind: '127.0.0.1', port: String(at), dir: directory, appendonly: 'yes', save: '' };
  const args = Object.entries({ ...plain, ...settings }).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').then(() => {});
  await ready(child, ended);
  return {
    ...{ host: '127.0.0.1', port: at, ended },
    signal: (name) => void child.kill(name),
    standStill: () => standStill(child),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function ready(child: ChildProcess, ended: Promise<void>): Promise<void> {
  let said = '';
  const answers = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/ready to accept connections/i.test(said)) resolve();
    });
  });
  const died = ended.then(() => Promise.reject(new Error(`redis-server ended: ${said.slice(-600)}`)));
  const late = new Promise<never>((_, reject) =>
    setTimeout(
      () => reject(new Error(`redis-server is not ready: ${said.slice(-600)}`)),
      START_MS_MAX,
    ).unref(),
  );
  died.catch(() => {});
  return Promise.race([answers, died, late]);
}
