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

const { go } = VERSIONS;
const connect = VERSIONS.npm['@connectrpc/connect-node'];
const grpcio = `grpcio ${VERSIONS.python.grpcio}`;

const debian = `Debian's, before ${grpcio}`;

/** Every client, in the order in which they are tried: those that come quickly first. */
export const CLIENTS = {
  'python-sync': { version: grpcio, run: ({ plain }, scratch) => runPython('sync.py', plain, scratch) },
  'python-tls': { version: grpcio, run: ({ tls }, scratch) => runPython('sync.py', tls, scratch) },
  'python-mtls': { version: grpcio, run: ({ mutual }, scratch) => runPython('sync.py', mutual, scratch) },
  'python-asyncio': { version: grpcio, run: ({ plain }, scratch) => runPython('aio.py', plain, scratch) },
  'connect-node': { version: connect, run: ({ plain }) => runConnectNode(plain) },
  'connect-node-mtls': { version: connect, run: ({ mutual }) => runConnectNode(mutual) },
  nginx: { version: debian, run: ({ plain }, scratch) => runNginx(plain, scratch) },
  'nginx-tls': {
    version: debian,
    run: ({ plain, certificates }, scratch) => runNginx(plain, scratch, certificates),
  },
  'nginx-mtls': {
    version: debian,
    run: ({ mutual, certificates }, scratch) => runNginx(mutual, scratch, certificates),
  },
  'grpc-health-probe': { version: go['grpc-health-probe'], run: ({ plain }) => runHealthProbe(plain) },
  'grpc-health-probe-mtls': { version: go['grpc-health-probe'], run: ({ mutual }) => runHealthProbe(mutual) },
  grpcurl: { version: go.grpcurl, run: ({ plain }) => runGrpcurl(plain) },
  'grpcurl-mtls': { version: go.grpcurl, run: ({ mutual }) => runGrpcurl(mutual) },
  k6: { version: go.k6, run: ({ plain }) => runK6(plain) },
  'k6-mtls': { version: go.k6, run: ({ mutual }) => runK6(mutual) },
} as const satisfies Record<string, Client>;

export type ClientName = keyof typeof CLIENTS;

export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[];
