import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** grpc.health.v1 for the whole server (the empty name) and each of its services. */
export class Health {
  readonly #services: readonly string[];
  readonly #health: HealthImplementation;

  /** Not serving until told. `services`: their full names. */
  constructor(server: Server, services: readonly string[]) {
    this.#services = ['', ...services];
    this.#health = new HealthImplementation(
      Object.fromEntries(this.#services.map((name) => [name, 'NOT_SERVING' as const])),
    );
    this.#health.addToServer(server);
  }

  set(serving: boolean): void {
    for (const name of this.#services) this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }
}
