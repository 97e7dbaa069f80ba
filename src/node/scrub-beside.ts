import type { Observer } from '../port/observer.ts';
import { scrub } from './scrub.ts';

/** Between two batches: some 10,000 records a second. */
const SCRUB_REST_MS = 20;

/** Looks through what is stored while the service runs, once: what is damaged there is told before somebody needs it. */
export function scrubBeside(
  stores: Parameters<typeof scrub>[0],
  shards: number,
  observer: Observer,
): { end(): Promise<void> } {
  let isWanted = true;
  let places = 0;
  const tell = (sentence: string): void => {
    observer.gauge('attune_damaged_places', ++places);
    observer.fault(sentence);
  };
  const run = scrub(stores, shards, tell, { restMs: SCRUB_REST_MS, isWanted: () => isWanted }).catch(
    // A segment that expired meanwhile, or a disk that does not answer.
    (fault: unknown) => {
      if (isWanted) observer.fault('the look through what is stored ended early', fault);
    },
  );
  return {
    end: () => {
      isWanted = false;
      return run;
    },
  };
}
