import { PromObserver } from '../adapter/prom/prom-observer.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../config/options.ts';
import { EXIT, readSettings } from './command/command-line.ts';
import { EndSignals } from './end-signals.ts';
import { serveMetrics } from './metrics-server.ts';
import { type Node, type NodeParts, openNode } from './open-node.ts';
import { scrubBeside } from './scrub-beside.ts';
import { serveGrpc } from './serve-grpc.ts';
import { tellOfOtherFiles, tellWarningsInForce } from './tell-policy.ts';
import { watchPolicy } from './watch-policy.ts';

/** A service that runs in this process. */
export interface Service {
  readonly node: Node;
  readonly host: string;
  readonly port: number;
  /** Health turns to NOT_SERVING, what was accepted is finished, snapshots are written, the directory is free. */
  close(): Promise<void>;
}

/** Opens a node and puts gRPC before it. Throws PortError or CommandError with a sentence. */
export async function startService(settings: ServeSettings, parts: NodeParts): Promise<Service> {
  const node = await openNode(settings, parts);
  try {
    const grpc = await serveGrpc(node, settings, parts);
    await tellWarningsInForce(node, parts.observer);
    // Nodes with folders that differ would each put theirs in force for all.
    const isWatched = settings.policyWatch && node.cluster === undefined;
    if (settings.policyWatch && !isWatched)
      parts.observer.info(
        `${settings.policyDir} is not watched: in a cluster attune policy apply puts a policy in force, for all nodes`,
      );
    if (!isWatched) tellOfOtherFiles(node, settings.policyDir, parts.observer);
    const unwatch = isWatched
      ? await watchPolicy(node, settings.policyDir, parts.observer)
      : () => Promise.resolve();
    await node.cluster?.join(addressOf(settings, grpc.port));
    const scrubbing = scrubBeside(node.stores, settings.shards, parts.observer);
    return {
      node,
      host: settings.listen.host,
      port: grpc.port,
      close: async () => {
        await unwatch();
        await scrubbing.end();
        node.health.drain();
        // Calls are taken, and sent on, until others have its shards.
        await node.cluster?.leave(settings.drainTimeout);
        await grpc.drain();
        await node.close();
      },
    };
  } catch (fault) {
    await node.close();
    throw fault;
  }
}

/** Where other nodes and clients reach this one. */
function addressOf({ advertise, listen }: ServeSettings, port: number): string {
  if (advertise !== '') return advertise;
  return `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`;
}

/** `attune serve`: runs until SIGINT or SIGTERM. */
export async function serve(flags: Record<string, unknown>): Promise<void> {
  const settings = readSettings(SERVE_OPTIONS, flags);
  const observer = new PromObserver({ format: settings.logFormat, level: settings.logLevel });
  const service = await startService(settings, { observer });
  // Before anybody is told that it listens: who was told may end it at once.
  const signals = new EndSignals();
  const metrics = await metricsOf(settings, observer, service);
  const policy = service.node.policies.current?.version ?? 'no policy';
  observer.info(`attune listens on ${service.host}:${service.port} (${policy}, ${storeName(settings)})`);
  if (metrics !== undefined) observer.info(`metrics on ${metrics.url}/metrics`);
  await signals.first;
  observer.info('shutting down: finishing what was accepted');
  signals.onImpatience((signal) => {
    observer.fault(`${signal} again: ended at once; what is acknowledged is in the log`);
    process.exit(EXIT.internal);
  });
  const late = setTimeout(() => {
    observer.fault(`the shutdown took over ${settings.drainTimeout} ms; what is acknowledged is in the log`);
    process.exit(EXIT.internal);
  }, settings.drainTimeout + 20_000);
  // Probes hear that it drains until the end.
  await service.close();
  await metrics?.close();
  clearTimeout(late);
  observer.info('stopped');
}

/** Where facts and profiles live, as people are told. */
function storeName({ store, dir, deployment, nats, redis }: ServeSettings): string {
  if (store === 'memory') return 'in memory';
  return store === 'disk' ? dir : `${deployment} on NATS at ${nats} and Redis at ${redis.host}:${redis.port}`;
}

/** Undefined where none are wanted. What fails here would leave a service that nobody can stop: it is closed first. */
async function metricsOf(settings: ServeSettings, observer: PromObserver, service: Service) {
  if (!settings.metrics) return undefined;
  try {
    return await serveMetrics(settings, observer, service.node);
  } catch (fault) {
    await service.close();
    throw fault;
  }
}
