/** A gRPC server that answers nodes, and one echoing method for callers, without a node behind it. */
import type { Observer } from '../../port/observer.ts';
import { BearerTokens } from '../bearer.ts';
import type { CallRoute } from '../call.ts';
import { GrpcServer } from '../grpc/grpc-server.ts';
import type { TlsFiles } from '../grpc/listener.ts';
import type { ServiceContext } from '../service-context.ts';
import { type NodeExchange, nodeExchangeRoute } from './node-exchange.ts';

export const ECHO = '/test.Service/Echo';
export const CALLER_TOKEN = 'caller';
export const NODE_TOKEN = 'node-1';

export interface ScratchExchange {
  readonly server: GrpcServer;
  readonly port: number;
  readonly address: string;
  readonly faults: string[];
  /** By status: questions that were not answered. */
  readonly failures: Map<string, number>;
  readonly inFlight: { count: number };
  draining: boolean;
  close(): void;
}

export interface ScratchExchangeParts extends Partial<NodeExchange> {
  readonly tls?: TlsFiles;
  /** 0: any. */
  readonly port?: number;
  /** Tokens of callers; default: CALLER_TOKEN. */
  readonly callers?: readonly string[];
}

/** Default: answers with the question. */
export async function startExchange(parts: ScratchExchangeParts = {}): Promise<ScratchExchange> {
  const { answers = (question, answer) => answer(question), tokens = [NODE_TOKEN], tls } = parts;
  const faults: string[] = [];
  const failures = new Map<string, number>();
  const inFlight = { count: 0 };
  const observer: Observer = {
    count: (_name, by, label = '') => {
      const code = label.split(' ')[1] ?? label;
      failures.set(code, (failures.get(code) ?? 0) + by);
    },
    gauge: () => {},
    time: () => {},
    fault: (sentence, cause) => void faults.push(`${sentence}: ${String(cause)}`),
    info: () => {},
  };
  const context = { observer, inFlight, draining: () => scratch.draining } as unknown as ServiceContext;
  const callers = parts.callers ?? [CALLER_TOKEN];
  const server = new GrpcServer({
    routes: new Map<string, CallRoute>([
      nodeExchangeRoute(context, { answers, tokens }),
      [
        ECHO,
        {
          kind: 'unary',
          messageBytesMax: 1_024,
          failed: () => {},
          handler: (call, message) => call.reply(message),
        },
      ],
    ]),
    rules: {
      tokens: callers.length === 0 ? undefined : new BearerTokens(callers),
      certificates: tls?.clientCa !== undefined,
    },
    bounds: { connectionsMax: 100, proxies: new Set() },
    tls,
  });
  const port = await server.listen('127.0.0.1', parts.port ?? 0);
  const scratch = {
    ...{ server, port, address: `127.0.0.1:${port}`, faults, failures, inFlight },
    draining: false,
    close: () => server.close(),
  };
  return scratch;
}
