/** A real Redis with an append-only file, on loopback, in a directory of its own. */
import { freePort } from '../interop/free-port.ts';
import { type ServerProcess, startServer } from './server-process.fixture.ts';
import { redisServerProgram } from './server-programs.fixture.ts';

export interface RedisServerOptions {
  /** Of its data; what is in it from before is served again. */
  readonly directory: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Further settings, by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RedisServer extends ServerProcess {
  readonly host: string;
  readonly port: number;
}

/** Resolves when it answers. Throws ClientMissing, and Error with its last words. */
export async function startRedisServer({
  directory,
  port,
  settings = {},
}: RedisServerOptions): Promise<RedisServer> {
  const at = port ?? (await freePort());
  const plain = { bind: '127.0.0.1', port: String(at), dir: directory, appendonly: 'yes', save: '' };
  const args = Object.entries({ ...plain, ...settings }).flatMap(([name, value]) => [`--${name}`, value]);
  const isReady = (said: string): true | undefined =>
    /ready to accept connections/i.test(said) ? true : undefined;
  const server = await startServer(await redisServerProgram(), args, isReady);
  return { ...server, host: '127.0.0.1', port: at };
}
