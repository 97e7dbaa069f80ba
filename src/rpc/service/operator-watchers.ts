import type { DescMessage } from '@bufbuild/protobuf';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { failure, isFailure } from '../failure.ts';
import type { StreamHandler } from '../stream-method.ts';

const TOO_MANY = failure(
  'exhausted',
  `There are ${LIMITS.operatorWatchersMax} watchers of shards and decisions already.`,
  INTERVALS.fullRetryDelayMs,
);

/** Counts the open calls of all methods that operators watch by, and refuses those beyond their common bound. */
export class OperatorWatchers {
  #open = 0;

  bound<I extends DescMessage, O extends DescMessage>(handler: StreamHandler<I, O>): StreamHandler<I, O> {
    return async (request, out) => {
      if (this.#open >= LIMITS.operatorWatchersMax) return TOO_MANY;
      this.#open++;
      const started = await handler(request, out);
      if (isFailure(started)) {
        this.#open--;
        return started;
      }
      return () => {
        this.#open--;
        started();
      };
    };
  }
}
