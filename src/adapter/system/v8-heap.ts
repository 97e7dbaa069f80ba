import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { HeapMeter } from '../../port/heap-meter.ts';

/** What heap_size_limit has beyond --max-old-space-size in Node 24 on 64 bits: three times 64 MiB of young space. */
const YOUNG_BYTES = 192 * 1_048_576;

/** The heap of this process. */
export class V8Heap implements HeapMeter {
  #collect: (() => void) | undefined;

  read(): { readonly usedBytes: number; readonly limitBytes: number } {
    // What is young has room of its own: the process dies when what is old has none.
    const old = getHeapSpaceStatistics().filter(({ space_name }) => !space_name.startsWith('new'));
    const usedBytes = old.reduce((sum, { space_used_size }) => sum + space_used_size, 0);
    return { usedBytes, limitBytes: getHeapStatistics().heap_size_limit - YOUNG_BYTES };
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
