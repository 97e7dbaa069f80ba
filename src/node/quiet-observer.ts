import type { Observer } from '../port/observer.ts';

/** For commands that only read: faults go to stderr as sentences, nothing is counted. */
export const quietObserver: Observer = {
  count: () => {},
  gauge: () => {},
  time: () => {},
  fault: (sentence, cause) =>
    void process.stderr.write(`${sentence}${cause instanceof Error ? `: ${cause.message}` : ''}\n`),
  info: () => {},
};
