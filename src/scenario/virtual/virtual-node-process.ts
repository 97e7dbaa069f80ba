/**
 * A virtual node in a process of its own, as its parent sees it: the scenario runner, the demo, the replay of real data.
 *
 * I1  Orders are carried out one after the other, in the order in which they were given.
 * I2  When the parent ends, this process does too; a temporary directory is removed with it.
 * I3  `kill` is SIGKILL: nothing is flushed, the directory is as the kernel has it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../../node/command/command-line.ts';
import type {
  NumberedOrder,
  ScorerMode,
  VirtualNodeMessage,
  VirtualNodeOrder,
  VirtualNodeSettings,
  VirtualNodeState,
} from './virtual-node-messages.ts';

const SCRIPT = fileURLToPath(new URL('./virtual-node-child.ts', import.meta.url));
const NODE_FLAGS = ['--no-allocation-site-pretenuring', '--disable-warning=ExperimentalWarning'];
const STDERR_CHARS_MAX = 4_000;

interface PendingOrder {
  readonly resolve: (state: VirtualNodeState) => void;
  readonly reject: (fault: Error) => void;
}

export interface VirtualNodeOptions {
  /** The directory is removed when this process ends without a close. */
  readonly temporary: boolean;
  /** Called with each fault that the service writes to its log, before the answer to the order that caused it. */
  readonly onFault: (sentence: string) => void;
  /** Ends the service's process at once, whatever is under way. */
  readonly signal?: AbortSignal;
}

export class VirtualNodeProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PendingOrder>();
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  #onFault: (sentence: string) => void = () => {};
  #orderCount = 0;
  #stderr = '';
  #state: VirtualNodeState | undefined;

  /** Starts the process, without a service in it. */
  constructor() {
    this.#child = fork(SCRIPT, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [...process.execArgv, ...NODE_FLAGS],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_CHARS_MAX);
    });
    this.#child.on('message', (message: VirtualNodeMessage) => this.#handle(message));
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const why = `the service's process ended with ${signal ?? code}${this.#stderr === '' ? '' : `: ${this.#stderr.trim()}`}`;
        for (const { reject } of this.#pending.values()) reject(new Error(why));
        this.#pending.clear();
        resolve();
      });
    });
  }

  /** Opens a service in the process, which ends when that fails. Throws CommandError with the service's own sentence. */
  async open(
    settings: VirtualNodeSettings,
    { temporary, onFault, signal }: VirtualNodeOptions,
  ): Promise<void> {
    this.#onFault = onFault;
    signal?.addEventListener('abort', () => void this.kill(), { once: true });
    try {
      await this.#order({ kind: 'open', settings, temporary });
    } catch (fault) {
      await this.kill();
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

  /** Advances the clock to `to`, or to the first alarm that sent something to a channel system; resolves when all is quiet. */
  advanceTo(to: number): Promise<VirtualNodeState> {
    return this.#order({ kind: 'advance', to });
  }

  /** Resolves when nothing is under way in the service. */
  untilQuiet(): Promise<VirtualNodeState> {
    return this.#order({ kind: 'wait' });
  }

  /** Changes how the model behaves, of a service that was opened with `scorer`. */
  setScorer(mode: ScorerMode): Promise<VirtualNodeState> {
    return this.#order({ kind: 'scorer', mode });
  }

  /** Finishes, saves and closes the service. The process goes on, and another service can be opened in it. */
  async close(): Promise<VirtualNodeState> {
    const state = await this.#order({ kind: 'close' });
    this.#onFault = () => {};
    return state;
  }

  /** Ends the process at once; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #order(order: VirtualNodeOrder): Promise<VirtualNodeState> {
    const id = ++this.#orderCount;
    return new Promise((resolve, reject) => {
      if (!this.#child.connected)
        return reject(new Error(`the service's process is gone: ${this.#stderr.trim()}`));
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ id, order } satisfies NumberedOrder, (fault) => {
        if (fault === null) return;
        this.#pending.delete(id);
        reject(fault);
      });
    });
  }

  #handle(message: VirtualNodeMessage): void {
    if (message.kind === 'fault') return this.#onFault(message.sentence);
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'done') {
      this.#state = message.state;
      pending?.resolve(message.state);
    } else {
      pending?.reject(faultOf(message));
    }
  }
}

function faultOf({ message, stack }: VirtualNodeMessage & { kind: 'failed' }): Error {
  return stack === undefined ? new CommandError(message) : Object.assign(new Error(message), { stack });
}
