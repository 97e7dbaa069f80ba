/** Several nats-servers that replicate to each other, on loopback. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../interop/free-port.ts';
import { type NatsServer, type NatsServerOptions, startNatsServer } from './nats-server.ts';

/** Resolves when each of them answers; the group may still be electing. Throws as `startNatsServer`. */
export async function startNatsCluster(directory: string, count: number): Promise<NatsServer[]> {
  return Promise.all((await natsClusterPlans(directory, count)).map((plan) => startNatsServer(plan)));
}

/** How each of them is started, and started again; named `n0`, `n1` … */
export async function natsClusterPlans(directory: string, count: number): Promise<NatsServerOptions[]> {
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`);
  return ports.map((port, at) => {
    const own = join(directory, `nats-${at}`);
    mkdirSync(own);
    return {
      directory: own,
      settings: [
        `server_name: n${at}`,
        `cluster { name: proof, listen: "127.0.0.1:${port}", routes: [${routes.join(', ')}] }`,
      ],
    };
  });
}
