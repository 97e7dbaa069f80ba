/** A server of somebody else's as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { standStill } from './stand-still.ts';

export interface ServerProcess {
  readonly pid: number;
  /** SIGCONT, SIGKILL … to its own process. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when it stands still, until SIGCONT. */
  standStill(): Promise<void>;
  /** Resolves once it has ended, by itself or by `signal`. */
  readonly ended: Promise<void>;
  /** SIGTERM, and waits. */
  stop(): Promise<void>;
}

interface Started<T> extends ServerProcess {
  readonly found: T;
}

const START_MS_MAX = 30_000;
const WORDS_KEPT = 600;

/**
 * `ready`: what it is known by once all that it has said shows that it answers; undefined: not yet. `env`: in place of this process's. Throws
 * Error with its last words; the process is gone then.
 */
export async function startServer<T>(
  program: string,
  args: readonly string[],
  ready: (said: string) => T | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Started<T>> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const ended = once(child, 'close').then(() => {});
  let said = '';
  const answers = new Promise<T>((resolve) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = ready(said);
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
  });
  const failed = (how: string): Error => new Error(`${program} ${how}: ${said.slice(-WORDS_KEPT)}`);
  const died = ended.then(() => Promise.reject(failed('ended')));
  died.catch(() => {});
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(failed('is not ready')), START_MS_MAX).unref();
  });
  const found = await Promise.race([answers, died, late]).catch((fault: unknown) => {
    child.kill('SIGKILL');
    throw fault;
  });
  return {
    found,
    pid: child.pid as number,
    signal: (name) => void child.kill(name),
    standStill: () => standStill(child),
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
