/** Wires with the bounds of the service, or others, and what a test looks at. */
import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { NODE_TOKEN } from '../../rpc/service/scratch-exchange.fixture.ts';
import { GrpcNodeWires } from './grpc-node-wires.ts';
import type { NodeTls } from './node-stream.ts';
import type { NodeWireBounds } from './node-wire.ts';

const BOUNDS: NodeWireBounds = {
  questionBytesMax: 4_195_328,
  answerBytesMax: 8_388_608,
  questionsMax: 4_096,
  questionsBytesMax: 16_777_216,
  questionMsMax: 60_000,
  unsentMsMax: 10_000,
  openMsMax: 2_000,
  keepaliveMs: 1_000,
  keepaliveTimeoutMs: 1_500,
  reopenMs: 20,
  reopenMsMax: 100,
  streamAgeMs: 60_000,
  idleMs: 60_000,
};

export interface ScratchWires {
  readonly wires: GrpcNodeWires;
  readonly infos: string[];
  readonly faults: string[];
  /** `timeoutMs` default: 10 s. */
  ask(address: string, question: string | Uint8Array, timeoutMs?: number): Promise<string | undefined>;
}

export interface ScratchWiresParts {
  readonly bounds?: Partial<NodeWireBounds>;
  readonly token?: string;
  readonly tls?: () => NodeTls | undefined;
}

export function openWires({
  bounds,
  token = NODE_TOKEN,
  tls = () => undefined,
}: ScratchWiresParts = {}): ScratchWires {
  const infos: string[] = [];
  const faults: string[] = [];
  const wires = new GrpcNodeWires({
    token,
    tls,
    bounds: { ...BOUNDS, ...bounds },
    observer: {
      info: (sentence) => void infos.push(sentence),
      fault: (sentence, cause) =>
        void faults.push(cause === undefined ? sentence : `${sentence}: ${String(cause)}`),
    },
    random: () => 1,
  });
  return {
    wires,
    infos,
    faults,
    ask: (address, question, timeoutMs = 10_000) =>
      new Promise((resolve) => {
        const bytes = typeof question === 'string' ? new TextEncoder().encode(question) : question;
        wires.ask(address, bytes, timeoutMs, (answer) =>
          resolve(answer === undefined ? undefined : new TextDecoder().decode(answer)),
        );
      }),
  };
}

export interface Hurdle {
  readonly address: string;
  /** Connections made so far. */
  readonly connections: number;
  /** Open ones. */
  readonly open: number;
  /** Breaks every connection. */
  cut(): void;
  /** Keeps connections and passes nothing on, as a process that stands still. */
  stop(): void;
  close(): void;
}

/** Stands before a port. */
export async function startHurdle(port: number): Promise<Hurdle> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let isStopped = false;
  const server = createTcpServer((near) => {
    connections++;
    const far = connectTcp(port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => void (isStopped || other.write(chunk)));
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    address: `127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size / 2;
    },
    cut,
    stop: () => {
      isStopped = true;
    },
    close: () => {
      server.close();
      cut();
    },
  };
}
