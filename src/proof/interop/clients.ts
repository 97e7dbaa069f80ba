import type { CheckResult } from './check.ts';
import { runConnectNode } from './connect-node.ts';
import { runGrpcurl } from './grpcurl.ts';
import { runHealthProbe } from './health-probe.ts';
import { runK6 } from './k6.ts';
import { runNginx } from './nginx.ts';
import { runPython } from './python.ts';
import type { Services } from './service.ts';
import { VERSIONS } from './versions.ts';

interface Client {
  readonly version: string;
  /** Fetches the client and tries it; `scratch` is an empty folder of its own. Throws ClientMissing when it cannot be had. */
  run(services: Services, scratch: string): Promise<CheckResult[]>;
}

const grpcio = `grpcio ${VERSIONS.python.grpcio}`;

const debian = `Debian's, before ${grpcio}`;

/** Every client, in the order in which they are tried: those that come quickly first. */
export const CLIENTS = {
  'python-sync': { version: grpcio, run: ({ plain }, scratch) => runPython('sync.py', plain, scratch) },
  'python-asyncio': { version: grpcio, run: ({ plain }, scratch) => runPython('aio.py', plain, scratch) },
  'connect-node': {
    version: VERSIONS.npm['@connectrpc/connect-node'],
    run: ({ plain }) => runConnectNode(plain),
  },
  nginx: { version: debian, run: ({ plain }, scratch) => runNginx(plain, scratch) },
  'nginx-tls': {
    version: debian,
    run: ({ plain, certificates }, scratch) => runNginx(plain, scratch, certificates),
  },
  'grpc-health-probe': {
    version: VERSIONS.go['grpc-health-probe'],
    run: ({ plain }) => runHealthProbe(plain),
  },
  grpcurl: { version: VERSIONS.go.grpcurl, run: ({ plain }) => runGrpcurl(plain) },
  k6: { version: VERSIONS.go.k6, run: ({ plain }) => runK6(plain) },
} as const satisfies Record<string, Client>;

export type ClientName = keyof typeof CLIENTS;

export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[];
