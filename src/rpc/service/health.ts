import type { MessageInitShape } from '@bufbuild/protobuf';
import { LIMITS } from '../../config/limits.ts';
import {
  type HealthCheckResponseSchema,
  Health as HealthService,
  HealthCheckResponse_ServingStatus as State,
} from '../../gen/grpc/health/v1/health_pb.ts';
import { failure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { type ReplySink, streamMethod } from '../stream-method.ts';
import { unaryMethod } from '../unary-method.ts';

/** A load balancer asks for health without a token: it is answered within the bounds for strangers. */
const OPEN = { openToStrangers: true, messageBytesMax: LIMITS.strangerMessageBytesMax };

type Reply = MessageInitShape<typeof HealthCheckResponseSchema>;

/** grpc.health.v1 for the whole server (the empty name) and each of its services, which all have the same state. */
export class Health {
  readonly #services: ReadonlySet<string>;
  readonly #watchers = new Set<() => void>();
  #serving = false;

  /** NOT_SERVING until `set(true)`. `services`: their full names. */
  constructor(services: readonly string[]) {
    this.#services = new Set(['', ...services]);
  }

  set(serving: boolean): void {
    if (this.#serving === serving) return;
    this.#serving = serving;
    for (const watcher of [...this.#watchers]) watcher();
  }

  routes(context: ServiceContext): readonly Route[] {
    const { check, watch, list } = HealthService.method;
    return [
      unaryMethod(
        context,
        check,
        ({ service }) =>
          this.#services.has(service)
            ? this.#reply()
            : failure('not_found', 'There is no such service here.'),
        OPEN,
      ),
      streamMethod(context, watch, ({ service }, out) => this.#watch(service, out), OPEN),
      unaryMethod(
        context,
        list,
        () => ({ statuses: Object.fromEntries([...this.#services].map((name) => [name, this.#reply()])) }),
        OPEN,
      ),
    ];
  }

  #watch(service: string, out: ReplySink<typeof HealthCheckResponseSchema>): () => void {
    if (!this.#services.has(service)) {
      out.send({ status: State.SERVICE_UNKNOWN });
      return () => {};
    }
    let sent: State = State.UNKNOWN;
    // A reader that is behind gets the last state only.
    const sendState = (): void => {
      const { status } = this.#reply();
      if (out.full || status === undefined || status === sent) return;
      sent = status;
      out.send({ status });
    };
    out.onDrained(sendState);
    this.#watchers.add(sendState);
    sendState();
    return () => this.#watchers.delete(sendState);
  }

  #reply(): Reply {
    return { status: this.#serving ? State.SERVING : State.NOT_SERVING };
  }
}
