/**
 * The process that runs a scenario's service, as the runner sees it. Owned by the runner.
 *
 * I1  One order at a time.
 * I2  `kill` is SIGKILL: nothing is flushed, the directory is as the kernel has it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answered, Asked, Order, State } from './control.ts';

const SCRIPT = fileURLToPath(new URL('./service-process.ts', import.meta.url));
const STDERR_KEPT = 4_000;

interface Waiting {
  readonly resolve: (state: State) => void;
  readonly reject: (fault: Error) => void;
}

export class ServiceHandle {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  #nextId = 1;
  #stderr = '';

  /** Starts the process; the service in it is opened by an order. */
  constructor() {
    this.#child = fork(SCRIPT, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--no-allocation-site-pretenuring', '--disable-warning=ExperimentalWarning'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_KEPT);
    });
    this.#child.on('message', (answered: Answered) => this.#take(answered));
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const why = `the service's process ended with ${signal ?? code}${this.#stderr === '' ? '' : `: ${this.#stderr.trim()}`}`;
        for (const { reject } of this.#waiting.values()) reject(new Error(why));
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** Throws an Error with the service's sentence. */
  order(order: Order): Promise<State> {
    const asked: Asked = { id: this.#nextId++, order };
    return new Promise((resolve, reject) => {
      this.#waiting.set(asked.id, { resolve, reject });
      this.#child.send(asked, (fault) => {
        if (fault === null) return;
        this.#waiting.delete(asked.id);
        reject(fault);
      });
    });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #take(answered: Answered): void {
    const waiting = this.#waiting.get(answered.id);
    this.#waiting.delete(answered.id);
    if (answered.ok) waiting?.resolve(answered.state);
    else waiting?.reject(new Error(answered.message));
  }
}
