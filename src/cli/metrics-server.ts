import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PromObserver } from '../adapter/prom/prom-observer.ts';
import type { HostPort } from '../config/option.ts';
import { listenFault } from './listen-fault.ts';
import type { Node } from './open-node.ts';

/**
 * Serves `/metrics` (Prometheus text) and `/healthz` (200 when every shard is served, else 503 with the states). Throws
 * CommandError with a sentence when it cannot listen.
 */
export async function serveMetrics(
  listen: HostPort,
  observer: PromObserver,
  node: Node,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (request.url === '/metrics') {
        gaugeNode(observer, node);
        response.writeHead(200, { 'content-type': observer.contentType }).end(await observer.render());
        return;
      }
      if (request.url === '/healthz') {
        const down = node.door
          .status()
          .filter((shard) => shard.state !== 'idle' && shard.state !== 'turning');
        response.writeHead(down.length === 0 ? 200 : 503, { 'content-type': 'application/json' });
        response.end(
          `${JSON.stringify({ ok: down.length === 0, shards: down.map(({ shard, state }) => ({ shard, state })) })}\n`,
        );
        return;
      }
      response.writeHead(404).end('try /metrics or /healthz\n');
    };
    answer().catch((fault: unknown) => {
      observer.fault('metrics could not be rendered', fault);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (fault) => reject(listenFault('metrics', listen, '--metrics-listen', fault)));
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Who holds a connection open without a word (a probe, a proxy) would hold up the end of the whole service.
        server.closeAllConnections();
      }),
  };
}

/** What is cheaper to ask than to count: queues, residents, stages. */
function gaugeNode(observer: PromObserver, node: Node): void {
  let queued = 0;
  let resident = 0;
  let outbox = 0;
  for (const shard of node.door.status()) {
    queued += shard.queued;
    resident += shard.resident;
    outbox += shard.outbox;
  }
  observer.gauge('attune_mailbox_depth', queued);
  observer.gauge('attune_customers_resident', resident);
  observer.gauge('attune_outbox_depth', outbox);
  for (const [stage, value] of Object.entries(node.engine.stages))
    observer.gauge('attune_engine_total', value, stage);
}
