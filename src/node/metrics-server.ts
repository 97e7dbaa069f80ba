import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { PromObserver } from '../adapter/prom/prom-observer.ts';
import { LIMITS } from '../config/limits.ts';
import type { ServeSettings } from '../config/options.ts';
import { CHANNELS } from '../core/channel.ts';
import { PAUSE_SCOPES } from '../core/pause/pause.ts';
import { HEALTH_CODES, NODE_STATUSES } from '../port/node-health.ts';
import { isLoopback } from '../rpc/loopback.ts';
import { CommandError, EXIT } from './command/command-line.ts';
import { listenFault } from './listen-fault.ts';
import type { Node } from './open-node.ts';
import { readTlsFiles, watchTlsFiles } from './tls-files.ts';

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

type MetricsSettings = Pick<ServeSettings, 'metricsListen' | 'insecureMetrics' | 'tlsCert' | 'tlsKey'>;

/** Who is silent for so long gives its connection back. */
const TIMES = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };

/**
 * Serves `/metrics` (Prometheus text), `/livez` (503 when only a new process can help) and `/readyz` (503 when nothing
 * should be sent here), without token or client certificate. An event loop that stands still answers nothing: a probe's own
 * timeout and threshold tell that. Throws CommandError with a sentence when it cannot listen, or may not without TLS.
 */
export async function serveMetrics(
  settings: MetricsSettings,
  observer: PromObserver,
  node: Node,
): Promise<MetricsServer> {
  const { metricsListen: listen, insecureMetrics } = settings;
  const paths = { tlsCert: settings.tlsCert, tlsKey: settings.tlsKey, tlsClientCa: '' };
  const tls = insecureMetrics ? undefined : readTlsFiles(paths);
  if (tls === undefined && !insecureMetrics && !isLoopback(listen.host)) {
    throw new CommandError(
      `Refusing to serve metrics on ${listen.host}, which others reach, without TLS: give --tls-cert FILE and ` +
        '--tls-key FILE, --metrics-listen 127.0.0.1:7412, or --insecure-metrics where something in front protects them.',
      EXIT.usage,
    );
  }
  const answer: RequestListener = (request, response) => {
    answerTo(request, response, observer, node).catch((fault: unknown) => {
      observer.fault('metrics could not be rendered', fault);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
  const server =
    tls === undefined ? createServer(TIMES, answer) : createTlsServer({ ...TIMES, ...tls }, answer);
  server.maxConnections = LIMITS.metricsConnectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (fault) => reject(listenFault('metrics', listen, '--metrics-listen', fault)));
    server.listen(listen.port, listen.host, resolve);
  });
  // Where there is no descriptor for one who connects.
  server.on('error', (fault) => observer.fault('a connection to the metrics could not be taken', fault));
  const unwatch =
    tls === undefined
      ? () => {}
      : watchTlsFiles(paths, tls, (files) => (server as TlsServer).setSecureContext(files), observer);
  const { port } = server.address() as AddressInfo;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        unwatch();
        server.close(() => resolve());
        // Who holds a connection open without a word (a probe, a proxy) would hold up the end of the whole service.
        server.closeAllConnections();
      }),
  };
}

async function answerTo(
  { url }: IncomingMessage,
  response: ServerResponse,
  observer: PromObserver,
  node: Node,
): Promise<void> {
  const json = (isWell: boolean, body: object): void => {
    response.writeHead(isWell ? 200 : 503, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(body)}\n`);
  };
  if (url === '/livez') {
    const stalled = node.health.stalled();
    return json(stalled === undefined, {
      alive: stalled === undefined,
      reasons: stalled === undefined ? [] : [stalled],
    });
  }
  if (url === '/readyz') {
    const state = node.health.state();
    const { lossWindows } = node.stores;
    return json(
      state.status !== 'not_serving',
      lossWindows ? { ...state, lossWindows: lossWindows() } : state,
    );
  }
  if (url !== '/metrics') {
    response.writeHead(404).end('try /metrics, /livez or /readyz\n');
    return;
  }
  gaugeNode(observer, node);
  const page = await observer.render();
  response.writeHead(200, { 'content-type': observer.contentType }).end(page);
}

/** What is cheaper to ask than to count: queues, actors, stages. */
function gaugeNode(observer: PromObserver, node: Node): void {
  let queued = 0;
  let resident = 0;
  let outbox = 0;
  let served = 0;
  for (const shard of node.gateway.status()) {
    queued += shard.queued;
    resident += shard.resident;
    outbox += shard.outbox;
  }
  for (const { isServing } of node.engine.shards) if (isServing) served++;
  observer.gauge('attune_shards_served', served);
  observer.gauge('attune_requests_awaiting_node', node.cluster?.held ?? 0);
  observer.gauge('attune_mailbox_depth', queued);
  observer.gauge('attune_customers_resident', resident);
  observer.gauge('attune_outbox_depth', outbox);
  const { channels, pauses } = node.engine.runtime;
  for (const [channel, name] of CHANNELS.entries())
    observer.gauge('attune_channel_failing', channels.breaker(channel).isOpen ? 1 : 0, name);
  for (const scope of PAUSE_SCOPES)
    observer.gauge('attune_paused', pauses.list.filter((pause) => pause.scope === scope).length, scope);
  let walking = 0;
  let leaving = 0;
  for (const { enrolment, audienceWalk, isServing } of node.engine.shards) {
    if (!isServing) continue;
    if (!enrolment.isDone) walking++;
    if (!audienceWalk.isDone) leaving++;
  }
  observer.gauge('attune_enrolment_shards', walking);
  observer.gauge('attune_audience_walk_shards', leaving);
  for (const { name, ms } of node.followed.ages()) observer.gauge('attune_shared_stale_ms', ms, name);
  const { status, reasons } = node.health.state();
  for (const each of NODE_STATUSES) observer.gauge('attune_health', each === status ? 1 : 0, each);
  for (const code of HEALTH_CODES)
    observer.gauge('attune_health_reasons', reasons.some((reason) => reason.code === code) ? 1 : 0, code);
  for (const [stage, value] of Object.entries(node.engine.stages))
    observer.gauge('attune_engine_total', value, stage);
}
