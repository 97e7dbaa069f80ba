import { PromObserver } from '../adapter/prom/prom-observer.ts';
import { serveMetrics } from './metrics-server.ts';
import type { Node } from './open-node.ts';

/** What /metrics of a node shows. */
export async function metricsPage(served: Node): Promise<string> {
  const settings = { metricsListen: { host: '127.0.0.1', port: 0 }, insecureMetrics: true };
  const observer = new PromObserver({ process: false, write: () => {} });
  const metrics = await serveMetrics({ ...settings, tlsCert: '', tlsKey: '' }, observer, served);
  const page = await (await fetch(`${metrics.url}/metrics`)).text();
  await metrics.close();
  return page;
}
