import { DeliverPolicy, type JetStreamClient } from '@nats-io/jetstream';
import type { LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { uncheck } from './checked-record.ts';

/** Asked for ahead of what was read. */
const AHEAD_MAX = 500;

/**
 * Records `from` to `through` of a stream, in order, as far as they come: fewer when no further one came for `idleMs`, as where they were trimmed meanwhile.
 * Throws PortError `corrupt`; what the library throws.
 */
export async function readStream(
  client: JetStreamClient,
  stream: string,
  { from, through, idleMs }: { readonly from: number; readonly through: number; readonly idleMs: number },
): Promise<LogRecord[]> {
  const consumer = await client.consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
  });
  const messages = await consumer.consume({ max_messages: Math.min(AHEAD_MAX, through - from + 1) });
  const records: LogRecord[] = [];
  let idle = setTimeout(() => messages.stop(), idleMs);
  try {
    for await (const { seq, data } of messages) {
      clearTimeout(idle);
      idle = setTimeout(() => messages.stop(), idleMs);
      records.push(recordOf(stream, seq, data));
      if (seq >= through) break;
    }
  } finally {
    clearTimeout(idle);
    messages.stop();
    await consumer.delete().catch(() => {});
  }
  return records;
}

/** A copy. Throws PortError `corrupt`. */
export function recordOf(stream: string, sequence: number, data: Uint8Array): LogRecord {
  const bytes = uncheck(data);
  if (bytes === undefined)
    throw new PortError(
      'corrupt',
      `stream ${stream}: record ${sequence} is damaged, or was published by somebody who is no node`,
    );
  return { sequence, bytes: new Uint8Array(bytes) };
}
