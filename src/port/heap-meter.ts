/** What the process has of memory for objects. */
export interface HeapMeter {
  /** Bytes in use, what nobody refers to any more but is not collected yet among them, and the most there may be. */
  read(): { readonly usedBytes: number; readonly limitBytes: number };
  /** Collects what nobody refers to, while all else waits: up to a second for some GiB. */
  collect(): void;
}
