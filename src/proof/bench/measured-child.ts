import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProbeAnswer, ProbeAsk } from './probe.ts';

const PROBE = new URL('./probe.ts', import.meta.url).href;
const START_MS_MAX = 120_000;
const STOP_MS_MAX = 30_000;
const OUTPUT_KEPT = 20_000;

/** A server in a process of its own, with its CPU clock. */
export interface MeasuredChild {
  readonly pid: number;
  readonly port: number;
  /** Time from the start of the process until it said that it listens. */
  readonly startMs: number;
  /** Resolves when the process is gone, by itself or stopped, with its exit code; null after a signal. */
  readonly ended: Promise<number | null>;
  /** CPU of the whole process, all threads, user and system, since its start. */
  cpuMicros(): Promise<number>;
  memory(): Promise<ProbeAnswer>;
  /** What it has printed so far, the last part of it. */
  output(): string;
  /** Ends it with SIGTERM (or what is given) and waits; answers the exit code, null after a signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ChildPlan {
  /** A module beside this one, or a path from the working directory. */
  readonly script: string | URL;
  readonly args: readonly string[];
  readonly nodeFlags: readonly string[];
  /** The core it is pinned to; undefined leaves it free. */
  readonly core: number | undefined;
  /** Finds the port in what it prints: the first group. */
  readonly portPattern: RegExp;
}

/** Starts a server and waits until it prints its port. Rejects with its output when it ends or takes too long. */
export async function startChild(plan: ChildPlan): Promise<MeasuredChild> {
  const script = typeof plan.script === 'string' ? plan.script : fileURLToPath(plan.script);
  const node = [process.execPath, ...plan.nodeFlags, '--import', PROBE, script, ...plan.args];
  const command = plan.core === undefined ? node : ['taskset', '-c', String(plan.core), ...node];
  const beginMs = performance.now();
  const child = spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const onOutput = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
    const found = plan.portPattern.exec(output)?.[1];
    if (found) resolve(Number(found));
  };
  child.stdout?.on('data', onOutput);
  child.stderr?.on('data', onOutput);
  const ended = new Promise<number | null>((done) => {
    child.once('exit', (code) => {
      reject(new Error(`${script} ended with ${code} before it listened:\n${output}`));
      done(code);
    });
  });
  child.once('error', reject);
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    reject(new Error(`${script} did not listen within ${START_MS_MAX / 1000} s:\n${output}`));
  }, START_MS_MAX);
  const port = await promise.finally(() => clearTimeout(timer));
  const startMs = performance.now() - beginMs;
  const memory = (ask: ProbeAsk) => askProbe(child, ask);
  return {
    pid: child.pid as number,
    port,
    startMs,
    ended,
    cpuMicros: async () => (await memory('cpu')).cpuMicros,
    memory: () => memory('memory'),
    output: () => output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      return await ended.finally(() => clearTimeout(force));
    },
  };
}

function askProbe(child: ChildProcess, ask: ProbeAsk): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('The measured process ended while it was asked for its CPU time.'));
    child.once('exit', gone);
    child.once('message', (answer) => {
      child.off('exit', gone);
      resolve(answer as ProbeAnswer);
    });
    child.send(ask);
  });
}

/** Whether processes can be pinned here: Linux with util-linux, and a core for each side. */
export function pinningCores(cpuCount: number): { server: number; client: number } | undefined {
  if (process.platform !== 'linux' || cpuCount < 2) return undefined;
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return { server: 0, client: 1 };
  } catch {
    return undefined;
  }
}

/** Moves this process, all threads, to one core. */
export function pinSelf(core: number): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
}
