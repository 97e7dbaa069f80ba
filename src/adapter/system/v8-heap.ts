import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { HeapMeter } from '../../port/heap-meter.ts';

/** The heap of this process. */
export class V8Heap implements HeapMeter {
  #collect: (() => void) | undefined;

  read(): { readonly usedBytes: number; readonly limitBytes: number } {
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    return { usedBytes, limitBytes };
  }

  collect(): void {
    if (this.#collect === undefined) {
      // Contexts that are made from here on have `gc`, without the flag on the command line.
      setFlagsFromString('--expose-gc');
      this.#collect = runInNewContext('gc') as () => void;
    }
    this.#collect();
  }
}
