/** When a write of a memory adapter takes effect and its promise settles. The simulation passes its own scheduler. */
export type Defer = (settle: () => void) => void;

/**
 * Runs `work` when `defer` says so and settles with its result. A `defer` that never calls back is a write that was lost
 * before it was durable: nothing happened and nobody is told.
 */
export function settleLater<T>(defer: Defer, work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    defer(() => {
      try {
        resolve(work());
      } catch (fault) {
        reject(fault as Error);
      }
    });
  });
}

export interface MemoryOptions {
  /** Default `queueMicrotask`. */
  readonly defer?: Defer;
}
