/** What of a NATS server would lose a log or refuse its records: asked once, before a node starts. */
import type { NatsDoor } from './nats-door.ts';
import type { StreamOptions } from './shard-stream.ts';

/** A turn's requests are 1 MiB at most; what they make of customers with many candidates, and a customer who is taken in, are several times that. */
const PAYLOAD_BYTES_MIN = 8 * 1_048_576;
/** From here on proposals of a replicated stream are fenced by their leader's term (nats-server #8370). */
const REPLICATED_SINCE = [2, 14, 4] as const;

/** What may be wrong with a NATS or its streams, by the name under which an operator may accept it. */
export const NATS_DOUBTS = ['old-server', 'recreated'] as const;
export type NatsDoubt = (typeof NATS_DOUBTS)[number];

export interface NatsDoubtFound {
  /** Undefined: nobody can accept it, it would not work. */
  readonly doubt: NatsDoubt | undefined;
  readonly sentence: string;
}

/** Of the server that is spoken to. Throws PortError `unavailable`. */
export function natsDoubts(door: NatsDoor, { replicas }: StreamOptions): Promise<readonly NatsDoubtFound[]> {
  return door.ask('its settings', async ({ connection }) => {
    const {
      max_payload: payload,
      version,
      jetstream,
    } = connection.info ?? {
      ...{ max_payload: 0, version: '', jetstream: false },
    };
    const doubts: NatsDoubtFound[] = [];
    if (jetstream !== true)
      doubts.push({
        doubt: undefined,
        sentence: 'JetStream is off: start it with -js or a jetstream block',
      });
    if (payload < PAYLOAD_BYTES_MIN)
      doubts.push({
        doubt: undefined,
        sentence: `max_payload is ${payload}, and records may have ${PAYLOAD_BYTES_MIN} bytes: set max_payload: 8MB`,
      });
    if (replicas > 1 && isOlder(version))
      doubts.push({
        doubt: 'old-server',
        sentence: `its version is ${version}: streams of ${replicas} replicas want ${REPLICATED_SINCE.join('.')} or newer, before which a deposed leader could still write`,
      });
    return doubts;
  });
}

function isOlder(version: string): boolean {
  const numbers = version.split(/[.-]/).map(Number);
  for (const [at, least] of REPLICATED_SINCE.entries()) {
    const found = numbers[at] ?? 0;
    if (found !== least) return !(found > least);
  }
  return false;
}
