import { LIMITS, PACES } from '../config/limits.ts';
import { BearerTokens, guarded } from './bearer.ts';
import { failure, LEAVING } from './failure.ts';
import { FastCalls, type FastRoute } from './grpc-fast.ts';
import { Health } from './health.ts';
import { Listener } from './http2/listener.ts';
import { isLoopback } from './loopback.ts';
import type { InFlight } from './meter.ts';
import { reflectionRoutes } from './reflection.ts';
import { routesOf, SERVICES } from './routes.ts';
import type { Serving } from './serving.ts';
import { statusOf } from './status.ts';

/** What the composition root hands in. */
export interface ServerParts extends Omit<Serving, 'address' | 'draining' | 'inFlight'> {
  readonly options: ServerOptions;
}

export interface ServerOptions {
  /** Bearer tokens that admit a caller; none: everybody who reaches the port is trusted, and it must be loopback. */
  readonly tokens: readonly string[];
  /** How long a drain waits for what was accepted, in ms. */
  readonly drainTimeoutMs: number;
}

export interface RpcServer {
  /**
   * Binds and serves; resolves with the port (of `port` 0: the one that was free). Throws an Error with a sentence: the
   * address is taken, or not loopback while there are no tokens.
   */
  listen(host: string, port: number): Promise<number>;
  /** Takes nothing new, finishes what was accepted, tells streams to go elsewhere; resolves when all is closed. */
  drain(): Promise<void>;
  /** Closes at once. */
  close(): void;
}

const HEALTH_MS = 1_000;
const DRAIN_LOOK_MS = 10;
/** How long connections may take to close once nothing is in flight; a health watcher never would. */
const CLOSE_MS = 250;
/** A peer that is gone without a goodbye is noticed within a minute. */
const KEEP_ALIVE_MS = 40_000;

/** The gRPC server of a node: all of attune.v1, health and reflection. Not listening yet. */
export function createServer(parts: ServerParts): RpcServer {
  const { options } = parts;
  const tokens = options.tokens.length === 0 ? undefined : new BearerTokens(options.tokens);
  const inFlight: InFlight = { count: 0 };
  let draining = false;
  let address = '';
  const serving: Serving = { ...parts, inFlight, address: () => address, draining: () => draining };
  // Who asks whether we are well has no token, and so no part in the streams and bytes of those who have one.
  const health = new Health(SERVICES.map((service) => service.typeName));
  const healthRoutes = new Map<string, FastRoute>();
  const healthCalls = new FastCalls(healthRoutes);
  for (const [path, route] of health.routes(serving)) healthRoutes.set(path, bounded(route, healthCalls));
  const routes = new Map<string, FastRoute>();
  const calls = new FastCalls(routes, healthCalls);
  for (const [path, route] of [...routesOf(serving), ...reflectionRoutes(serving, SERVICES)]) {
    const open = bounded(route, calls);
    routes.set(path, tokens === undefined ? open : guarded(open, tokens));
  }
  const listener = new Listener({
    streamsMax: LIMITS.streamsMax,
    keepAliveMs: KEEP_ALIVE_MS,
    open: (stream) => calls.serve(stream),
  });
  let watch: NodeJS.Timeout | undefined;

  const close = (): void => {
    clearInterval(watch);
    listener.close();
  };
  return {
    async listen(host, port) {
      if (tokens === undefined && !isLoopback(host)) {
        throw new Error(
          `Refusing to listen on ${host} without tokens, because everybody who reaches the port would be trusted: ` +
            'give --auth-tokens-file FILE with one token a line, or listen on 127.0.0.1.',
        );
      }
      const bound = await bind(listener, host, port);
      address = addressOf(host, bound);
      health.set(isHealthy(serving));
      watch = setInterval(() => health.set(!draining && isHealthy(serving)), HEALTH_MS).unref();
      return bound;
    },
    async drain() {
      draining = true;
      health.set(false);
      const closed = listener.drain();
      await settled(inFlight, calls, options.drainTimeoutMs);
      for (const open of [calls, healthCalls]) open.endOpen(LEAVING.message);
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
      close();
    },
    close,
  };
}

/** Too many customers set aside is a fault of ours that another node may not have. */
function isHealthy({ customers }: Serving): boolean {
  let quarantined = 0;
  for (const shard of customers.status()) quarantined += shard.quarantined;
  return quarantined <= LIMITS.quarantinedMax;
}

const TOO_MANY_STREAMS = statusOf(
  failure('exhausted', `There are ${LIMITS.streamsMax} streams open already.`, PACES.retryDelayMs),
);
const NOBODY = { message: () => {}, halfClosed: () => {}, closed: () => {} };

/** The same route within the process's bound of streams. */
function bounded(route: FastRoute, calls: FastCalls): FastRoute {
  if (route.kind === 'unary') return route;
  return {
    ...route,
    open: (call) => {
      // The call itself is counted already.
      if (calls.open.size <= LIMITS.streamsMax) return route.open(call);
      call.fail(TOO_MANY_STREAMS);
      return NOBODY;
    },
  };
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

async function bind(listener: Listener, host: string, port: number): Promise<number> {
  try {
    return await listener.listen(host, port);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot listen on ${addressOf(host, port)}: ${why}`, { cause });
  }
}

/** Resolves when nothing is in flight, or after `timeoutMs`. */
async function settled(inFlight: InFlight, calls: FastCalls, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  const busy = (): boolean =>
    inFlight.count > 0 || [...calls.open].some((call) => call.inFlight > 0 || call.bufferedBytes > 0);
  while (busy() && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
  }
}
