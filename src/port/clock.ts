/** Time and its order, as the runtime sees it: the process's, or a virtual one that a scenario or simulation turns. */
export interface RuntimeClock {
  /** Milliseconds since 1970 UTC. Never runs backwards. */
  now(): number;
  /** Calls `fn` once, `ms` from now; the returned function cancels it. */
  after(ms: number, fn: () => void): () => void;
  /** Calls `fn` once when what is queued now has run (setImmediate). */
  soon(fn: () => void): void;
}
