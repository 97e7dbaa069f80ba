/** A real Redis with an append-only file, on loopback, in a directory of its own. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../interop/free-port.ts';
import type { Guard } from './guard.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { redisServerProgram } from './server-programs.ts';
import { startTlsFront } from './tls-front.ts';

export interface RedisServerOptions {
  /** Of its data; what is in it from before is served again. */
  readonly directory: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Further settings, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** With it TLS stands before the server, and its users are those of deploy/redis. */
  readonly guard?: Guard | undefined;
  /** With `guard`: whose keys its node may touch. Default: "attune", as it is shipped. */
  readonly deployment?: string;
  /** What it says once it can be asked. Default: that it is ready. */
  readonly ready?: RegExp;
}

export interface RedisServer extends ServerProcess {
  readonly host: string;
  readonly port: number;
  /** Without TLS, for the tests themselves, as `TESTS_USER`. */
  readonly plainPort: number;
}

/** May do everything without a password, beside the users that are shipped. */
export const TESTS_USER = 'tests';

const USERS = fileURLToPath(new URL('../../../deploy/redis/users.acl', import.meta.url));

/** Resolves when it answers. Throws ClientMissing, and Error with its last words. */
export async function startRedisServer({
  directory,
  port,
  settings = {},
  guard,
  deployment = 'attune',
  ready = /ready to accept connections/i,
}: RedisServerOptions): Promise<RedisServer> {
  const plainPort = guard === undefined && port !== undefined ? port : await freePort();
  const plain = { bind: '127.0.0.1', port: String(plainPort), dir: directory, appendonly: 'yes', save: '' };
  const users = guard === undefined ? {} : { aclfile: usersFile(directory, guard, deployment) };
  const args = Object.entries({ ...plain, ...users, ...settings }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  const isReady = (said: string): true | undefined => (ready.test(said) ? true : undefined);
  const server = await startServer(await redisServerProgram(), args, isReady);
  const whole = { ...server, host: '127.0.0.1', plainPort };
  if (guard === undefined) return { ...whole, port: plainPort };
  const front = await startTlsFront(plainPort, guard.server, port);
  return {
    ...whole,
    port: front.port,
    stop: async () => {
      await front.close();
      await server.stop();
    },
  };
}

/** The users as they are shipped, with passwords of the test's own. */
function usersFile(directory: string, guard: Guard, deployment: string): string {
  const sha = (user: 'attune-node' | 'attune-reader' | 'attune-auditor') =>
    createHash('sha256').update(guard.passwordOf(user)).digest('hex');
  const shipped = readFileSync(USERS, 'utf8')
    .replace('NODE_PASSWORD_SHA256', sha('attune-node'))
    .replace('READER_PASSWORD_SHA256', sha('attune-reader'))
    .replace('AUDITOR_PASSWORD_SHA256', sha('attune-auditor'))
    .replaceAll('{attune:', `{${deployment}:`);
  const file = join(directory, 'users.acl');
  writeFileSync(file, `${shipped}user ${TESTS_USER} on nopass ~* &* +@all\n`, { mode: 0o600 });
  return file;
}
