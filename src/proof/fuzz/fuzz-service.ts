import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTarget, type Target } from '../bench/target.ts';
import { FUZZ_SHARDS } from './fuzz-values.ts';

const MIB = 1_048_576;
const POLICY = fileURLToPath(new URL('../../../policies/starter', import.meta.url));

/** What a process takes, after a full collection. */
export interface MemoryReading {
  readonly rssMiB: number;
  /** Resident memory that is not a mapped file: the store's pages are the kernel's to drop. As rssMiB outside Linux. */
  readonly privateMiB: number;
  /** JavaScript heap and buffers. */
  readonly heapMiB: number;
}

/**
 * The service under attack, in a process of its own on a directory that outlives it, started again when it dies. Small
 * bounds make everything happen often: profiles are saved and dropped, shards recover, the log is long.
 */
export class FuzzService {
  /** Processes that ended although nobody stopped them. */
  crashed = 0;
  readonly #directory: string;
  readonly #onCrash: (output: string) => void;
  #target: Target | undefined;
  #restarted: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(directory: string, onCrash: (output: string) => void) {
    this.#directory = directory;
    this.#onCrash = onCrash;
  }

  get dataDir(): string {
    return join(this.#directory, 'data');
  }

  get address(): string {
    return `http://127.0.0.1:${this.#target?.port ?? 0}`;
  }

  /** The last part of what the service printed. */
  get output(): string {
    return this.#target?.output() ?? '';
  }

  async start(): Promise<void> {
    const target = await startTarget({
      dataDir: this.dataDir,
      policyDir: POLICY,
      core: undefined,
      flags: [
        ...['--shards', String(FUZZ_SHARDS), '--snapshot-every', '2s', '--hot-log-keep', '1m'],
        ...['--resident-bytes-max', String(4 * MIB)],
      ],
      nodeFlags: ['--expose-gc'],
    });
    this.#target = target;
    void target.ended.then((code) => {
      if (this.#stopping) return;
      this.crashed++;
      this.#onCrash(`the service ended with ${code ?? 'a signal'}:\n${target.output().slice(-4_000)}`);
      this.#restarted = this.start();
      // A start that fails is told to the next who waits for it.
      this.#restarted.catch(() => {});
    });
  }

  /** Resolves when the service can be called. */
  async ready(): Promise<void> {
    await this.#restarted;
  }

  async memory(): Promise<MemoryReading> {
    await this.ready();
    const target = this.#target as Target;
    const { heapBytes, externalBytes, residentBytes } = await target.memory();
    return {
      rssMiB: rounded(residentBytes),
      privateMiB: rounded(privateBytes(target.pid) ?? residentBytes),
      heapMiB: rounded(heapBytes + externalBytes),
    };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#restarted.catch(() => {});
    await this.#target?.stop();
  }
}

function privateBytes(pid: number): number | undefined {
  try {
    const kib = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1_024;
  } catch {
    return undefined;
  }
}

function rounded(bytes: number): number {
  return Math.round((10 * bytes) / MIB) / 10;
}
