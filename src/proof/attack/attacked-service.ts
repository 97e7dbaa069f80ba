import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../', import.meta.url);
const START_MS_MAX = 60_000;
const STOP_MS_MAX = 20_000;
const OUTPUT_KEPT = 20_000;
/** A public service of modest size: what it may hold decides what an attack can reach. */
const DESCRIPTORS = 1_024;
const HEAP_MIB = 512;
const MIB = 1_048_576;

/** A service in a process of its own, to be attacked. */
export interface AttackedService {
  readonly pid: number;
  readonly port: number;
  /** Tokens that it knows: of those who behave, and of those who do not. */
  readonly tokens: { readonly caller: string; readonly attacker: string };
  /** Resolves when the process ends, with what it printed last. */
  readonly ended: Promise<string>;
  alive(): boolean;
  /** Resident memory in MiB; 0 when it is gone. */
  rssMiB(): number;
  stop(): Promise<void>;
}

/** Starts `attune serve` with tokens on a fresh directory, with 1,024 descriptors and a heap of 512 MiB. */
export function startAttackedService(directory: string): Promise<AttackedService> {
  const tokens = { caller: 'a-caller-who-behaves', attacker: 'a-caller-who-does-not' };
  const tokensFile = join(directory, 'tokens');
  writeFileSync(tokensFile, `${tokens.caller}\n${tokens.attacker}\n`);
  const script = [fileURLToPath(new URL('src/main.ts', ROOT)), 'serve'];
  const nodeFlags = ['--no-allocation-site-pretenuring', '--single-threaded-gc', '--heap-growing-percent=80'];
  return startProcess(tokens, [
    ...[...nodeFlags, `--max-old-space-size=${HEAP_MIB}`, ...script],
    ...['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--auth-tokens-file', tokensFile],
    ...['--dir', join(directory, 'data'), '--no-policy-watch'],
    ...['--policy-dir', fileURLToPath(new URL('policies/starter', ROOT))],
    ...['--models-dir', fileURLToPath(new URL('models', ROOT))],
  ]);
}

/** Starts node under the bound of descriptors and waits until it prints "listens on HOST:PORT". */
export async function startProcess(
  tokens: AttackedService['tokens'],
  args: readonly string[],
): Promise<AttackedService> {
  const child = spawn(
    'bash',
    ['-c', `ulimit -n ${DESCRIPTORS}; exec "$@"`, 'bash', process.execPath, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const { promise: port, resolve, reject } = Promise.withResolvers<number>();
  const onOutput = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
    const found = /listens on [^ ]*:(\d+)/.exec(output)?.[1];
    if (found !== undefined) resolve(Number(found));
  };
  child.stdout.on('data', onOutput);
  child.stderr.on('data', onOutput);
  const ended = new Promise<string>((done) => child.once('close', () => done(output)));
  void ended.then(() => reject(new Error(`The service ended before it listened:\n${output}`)));
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX);
  const bound = await port.finally(() => clearTimeout(timer));
  return {
    pid: child.pid as number,
    port: bound,
    tokens,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    rssMiB: () => residentBytes(child.pid as number) / MIB,
    stop: async () => {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await ended.finally(() => clearTimeout(force));
    },
  };
}

function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
