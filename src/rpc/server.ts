import { LIMITS } from '../config/limits.ts';
import { Health as HealthService } from '../gen/grpc/health/v1/health_pb.ts';
import { BearerTokens } from './bearer.ts';
import type { CallRoute } from './call.ts';
import { SHUTTING_DOWN } from './failure.ts';
import { GrpcServer } from './grpc/grpc-server.ts';
import type { TlsFiles } from './grpc/listener.ts';
import { isLoopback } from './loopback.ts';
import type { InFlight } from './meter.ts';
import { RefusalLog } from './refusal-log.ts';
import { routesOf, SERVICES } from './routes.ts';
import { Health } from './service/health.ts';
import { type NodeExchange, nodeExchangeRoute } from './service/node-exchange.ts';
import { reflectionRoutes } from './service/reflection.ts';
import type { ServiceContext } from './service-context.ts';
import { statusOf } from './status.ts';

/** What the composition root hands in. */
export interface ServerParts extends Omit<ServiceContext, 'address' | 'draining' | 'inFlight' | 'refusals'> {
  readonly options: ServerOptions;
  /** Absent: no other node may ask this one. */
  readonly nodes?: NodeExchange | undefined;
}

export interface ServerOptions {
  /** Bearer tokens that admit a caller; none: whoever reaches the port and shows a certificate, where one is asked for. */
  readonly tokens: readonly string[];
  /** Where clients and other nodes reach this one, `host:port`; empty or absent: where it listens. */
  readonly advertise?: string;
  /** How long a drain waits for what was accepted, in ms. */
  readonly drainTimeoutMs: number;
  /** Undefined: no encryption. */
  readonly tls?: TlsFiles | undefined;
  /** Listens beyond loopback without TLS or without knowing its callers. */
  readonly insecure?: boolean;
  /** Descriptors that the process may open; connections may use what the rest of the service leaves. Undefined: enough. */
  readonly descriptors?: number | undefined;
  /** Addresses of proxies, each of which many callers share. */
  readonly proxies?: readonly string[];
}

export interface RpcServer {
  /**
   * Binds and serves; resolves with the port (of `port` 0: the one that was free). Throws an Error with a sentence: the
   * address is taken, or not loopback while callers or bytes are unprotected.
   */
  listen(host: string, port: number): Promise<number>;
  /** Uses these certificates for new connections. Throws when they do not load; the old ones stay in use. */
  renewTls(tls: TlsFiles): void;
  /** Accepts nothing new, finishes what was accepted, ends streams with UNAVAILABLE; resolves when all is closed. */
  drain(): Promise<void>;
  /** Closes at once. */
  close(): void;
}

const HEALTH_MS = 1_000;
const DRAIN_POLL_MS = 10;
/** How long connections may take to close once nothing is in flight; a health watcher never would. */
const CLOSE_MS = 250;

/** The gRPC server of a node: all of attune.v1, health and reflection. Not listening yet. */
export function createServer(parts: ServerParts): RpcServer {
  const { options } = parts;
  const inFlight: InFlight = { count: 0 };
  let draining = false;
  let address = '';
  const refusals = new RefusalLog(LIMITS.refusalsKept, () => parts.clock.now(), parts.observer);
  const context: ServiceContext = {
    ...parts,
    ...{ inFlight, refusals, address: () => address, draining: () => draining },
  };
  const health = new Health(SERVICES.map((service) => service.typeName));
  const server = new GrpcServer({
    routes: new Map<string, CallRoute>([
      ...routesOf(context),
      ...health.routes(context),
      ...(parts.nodes === undefined ? [] : [nodeExchangeRoute(context, parts.nodes)]),
      ...reflectionRoutes(context, [...SERVICES, HealthService]),
    ]),
    rules: {
      tokens: options.tokens.length === 0 ? undefined : new BearerTokens(options.tokens),
      certificates: options.tls?.clientCa !== undefined,
    },
    bounds: {
      connectionsMax: connectionsMax(options.descriptors),
      proxies: new Set(options.proxies ?? []),
    },
    tls: options.tls,
  });
  let watch: NodeJS.Timeout | undefined;

  const close = (): void => {
    clearInterval(watch);
    server.close();
  };
  return {
    async listen(host, port) {
      refuseUnprotected(host, options);
      const bound = await bind(server, host, port);
      address = options.advertise || addressOf(host, bound);
      health.set(isHealthy(context));
      watch = setInterval(() => health.set(!draining && isHealthy(context)), HEALTH_MS).unref();
      return bound;
    },
    renewTls: (tls) => server.renewTls(tls),
    async drain() {
      draining = true;
      health.set(false);
      const closed = server.drain();
      await whenIdle(inFlight, server, options.drainTimeoutMs);
      server.endOpen(statusOf(SHUTTING_DOWN));
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
      close();
    },
    close,
  };
}

/** How many connections a process with so many descriptors accepts, at least one. */
export function connectionsMax(descriptors = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.min(LIMITS.connectionsMax, descriptors - LIMITS.descriptorsReservedMin));
}

function refuseUnprotected(host: string, { tokens, tls, insecure }: ServerOptions): void {
  if (isLoopback(host) || insecure === true) return;
  const missing = [
    ...(tls === undefined ? ['TLS (--tls-cert FILE and --tls-key FILE)'] : []),
    ...(tokens.length === 0 && tls?.clientCa === undefined
      ? ['to know its callers (--auth-tokens-file FILE or --tls-client-ca FILE)']
      : []),
  ];
  if (missing.length === 0) return;
  throw new Error(
    `Refusing to listen on ${host}, which others reach, because it needs ${missing.join(' and ')}. ` +
      'Give them, listen on 127.0.0.1, or say --insecure where something in front of it does both.',
  );
}

/** A degraded node still serves. */
function isHealthy({ health }: ServiceContext): boolean {
  return health.state().status !== 'not_serving';
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

async function bind(server: GrpcServer, host: string, port: number): Promise<number> {
  try {
    return await server.listen(host, port);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot listen on ${addressOf(host, port)}: ${why}`, { cause });
  }
}

/** Resolves when nothing is in flight and every reply has left, or after `timeoutMs`. */
async function whenIdle(inFlight: InFlight, server: GrpcServer, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  const busy = (): boolean => inFlight.count > 0 || [...server.open].some((call) => call.bufferedBytes > 0);
  while (busy() && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
  }
}
