import { VirtualNodeProcess } from './virtual-node-process.ts';

/** Processes for virtual nodes, kept warm: starting one takes far longer than a scenario. Ends them all when closed. */
export class NodePool {
  readonly #idle: VirtualNodeProcess[] = [];
  readonly #all = new Set<VirtualNodeProcess>();
  readonly #spare: boolean;

  /** `warm`: how many to start at once. `spare`: keep one more than is used, for services that will be killed. */
  constructor({ warm, spare }: { readonly warm: number; readonly spare: boolean }) {
    this.#spare = spare;
    for (let n = 0; n < warm; n++) this.#idle.push(this.#start());
  }

  /** A process without a service in it. */
  acquire(): VirtualNodeProcess {
    const process = this.#idle.pop() ?? this.#start();
    // A kill should not have to wait for the next process.
    if (this.#spare && this.#idle.length === 0) this.#idle.push(this.#start());
    return process;
  }

  /** Gives back a process whose service was closed. */
  release(process: VirtualNodeProcess): void {
    this.#idle.push(process);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((process) => process.kill()));
  }

  #start(): VirtualNodeProcess {
    const process = new VirtualNodeProcess();
    this.#all.add(process);
    void process.exited.then(() => this.#all.delete(process));
    return process;
  }
}
