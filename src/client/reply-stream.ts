import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { type AttuneError, errorOfCall } from './attune-error.ts';
import { backoffMs, pause } from './backoff.ts';
import type { Connection } from './connection.ts';
import type { CustomerHint } from './shard-map.ts';

/**
 * The replies of a stream, one after the other, opened again when the connection breaks or the service asks for it. Ends
 * when the consumer breaks out of its loop, or with an AttuneError that a repetition would not cure. `open`: at an address. `target`: the customer
 * whom it is about.
 */
export async function* replyStream<Reply>(
  connection: Connection,
  open: (address: string) => ClientReadableStream<Reply>,
  target?: CustomerHint,
): AsyncGenerator<Reply, void, undefined> {
  for (let failures = 0; ; failures++) {
    const address = connection.pick(connection.ownerOf(target));
    const call = open(address);
    try {
      for await (const reply of call) {
        failures = 0;
        yield reply as Reply;
      }
      return;
    } catch (thrown) {
      const error: AttuneError = errorOfCall(thrown as ServiceError);
      if (!error.retryable || failures >= connection.settings.retry.attemptsMax) throw error;
      connection.failed(address, error);
      await pause(backoffMs(connection.settings, failures + 1, error.retryAfterMs));
    } finally {
      call.cancel();
    }
  }
}
