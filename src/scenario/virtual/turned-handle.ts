/**
 * A turned service in a process of its own, as the command that started it sees it.
 *
 * I1  One question at a time is under way; `turn` is asked only when everything sent to the service was answered.
 * I2  When the command's process ends, the service's does too; a temporary directory is gone with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../../node/command/command-line.ts';
import type { Asked, Told } from './turned-messages.ts';
import type { VirtualNodeOrder, VirtualNodeState } from './turned-service.ts';

const SCRIPT = fileURLToPath(new URL('./turned-process.ts', import.meta.url));
const STDERR_KEPT = 4_000;

interface Waiting {
  readonly resolve: (state: VirtualNodeState) => void;
  readonly reject: (fault: Error) => void;
}

export interface VirtualNodeOptions {
  /** The directory goes when this process goes without a word. */
  readonly temporary: boolean;
  /** Told what the service writes to its log as a fault. */
  readonly onFault: (sentence: string) => void;
  /** Ends the service's process at once, whatever is under way. */
  readonly signal?: AbortSignal;
}

export class VirtualNodeProcess {
  readonly #child: ChildProcess;
  readonly #onFault: (sentence: string) => void;
  readonly #exited: Promise<void>;
  #waiting: Waiting | undefined;
  #stderr = '';
  #state: VirtualNodeState | undefined;

  private constructor({ onFault, signal }: VirtualNodeOptions) {
    this.#onFault = onFault;
    this.#child = fork(SCRIPT, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_KEPT);
    });
    this.#child.on('message', (told: Told) => this.#take(told));
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const why = `the service's process ended with ${signal ?? code}${this.#stderr === '' ? '' : `: ${this.#stderr.trim()}`}`;
        this.#waiting?.reject(new Error(why));
        this.#waiting = undefined;
        resolve();
      });
    });
    signal?.addEventListener('abort', () => void this.kill(), { once: true });
  }

  /**
   * Starts the process and opens the service in it. Throws CommandError with the service's own sentence.
   */
  static async open(order: VirtualNodeOrder, options: VirtualNodeOptions): Promise<VirtualNodeProcess> {
    const handle = new VirtualNodeProcess(options);
    try {
      await handle.#ask({ do: 'open', order, temporary: options.temporary });
      return handle;
    } catch (fault) {
      await handle.kill();
      throw fault;
    }
  }

  /** As of the last answer. */
  get state(): VirtualNodeState {
    if (this.#state === undefined) throw new Error('the service is not open');
    return this.#state;
  }

  get address(): string {
    return `127.0.0.1:${this.state.port}`;
  }

  /** Turns the clock to `to`, or to the first alarm that sent something to a channel system; resolves when all is quiet. */
  turn(to: number): Promise<VirtualNodeState> {
    return this.#ask({ do: 'turn', to });
  }

  /** Finishes, saves and ends the process. */
  async close(): Promise<void> {
    await this.#ask({ do: 'close' });
    this.#child.disconnect();
    await this.#exited;
  }

  /** Ends the process at once; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #ask(asked: Asked): Promise<VirtualNodeState> {
    return new Promise((resolve, reject) => {
      if (this.#waiting !== undefined) return reject(new Error('a question is under way'));
      if (!this.#child.connected)
        return reject(new Error(`the service's process is gone: ${this.#stderr.trim()}`));
      this.#waiting = { resolve, reject };
      this.#child.send(asked);
    });
  }

  #take(told: Told): void {
    if (told.kind === 'fault') return this.#onFault(told.sentence);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (told.kind === 'answer') {
      this.#state = told.state;
      waiting?.resolve(told.state);
    } else {
      waiting?.reject(told.expected ? new CommandError(told.message) : new Error(told.message));
    }
  }
}
