import { ServiceHandle } from './service-handle.ts';

/** Processes for services, kept warm: starting one takes far longer than a scenario. Ends them all when closed. */
export class ServicePool {
  readonly #idle: ServiceHandle[] = [];
  readonly #all = new Set<ServiceHandle>();

  readonly #spare: boolean;

  /** `warm`: how many to start at once. `spare`: keep one more than is used, for services that will be killed. */
  constructor({ warm, spare }: { readonly warm: number; readonly spare: boolean }) {
    this.#spare = spare;
    for (let n = 0; n < warm; n++) this.#idle.push(this.#start());
  }

  take(): ServiceHandle {
    const handle = this.#idle.pop() ?? this.#start();
    // A kill should not have to wait for the next process.
    if (this.#spare && this.#idle.length === 0) this.#idle.push(this.#start());
    return handle;
  }

  /** Gives back a process whose service was closed. */
  give(handle: ServiceHandle): void {
    this.#idle.push(handle);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((handle) => handle.kill()));
  }

  #start(): ServiceHandle {
    const handle = new ServiceHandle();
    this.#all.add(handle);
    void handle.exited.then(() => this.#all.delete(handle));
    return handle;
  }
}
