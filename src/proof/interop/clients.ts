import type { CheckResult } from './check.ts';
import { runConnectNode } from './connect-node.ts';
import { runGrpcurl } from './grpcurl.ts';
import { runHealthProbe } from './health-probe.ts';
import { runK6 } from './k6.ts';
import { runNginx } from './nginx.ts';
import { runPython } from './python.ts';
import type { Endpoint } from './service.ts';
import { VERSIONS } from './versions.ts';

interface Client {
  readonly version: string;
  /** Fetches the client and tries it; `scratch` is an empty folder of its own. Throws ClientMissing when it cannot be had. */
  run(endpoint: Endpoint, scratch: string): Promise<CheckResult[]>;
}

const grpcio = `grpcio ${VERSIONS.python.grpcio}`;

/** Every client, in the order in which they are tried: those that come quickly first. */
export const CLIENTS = {
  'python-sync': { version: grpcio, run: (to, scratch) => runPython('sync.py', to, scratch) },
  'python-asyncio': { version: grpcio, run: (to, scratch) => runPython('aio.py', to, scratch) },
  'connect-node': { version: VERSIONS.npm['@connectrpc/connect-node'], run: runConnectNode },
  nginx: { version: `Debian's, before ${grpcio}`, run: runNginx },
  'grpc-health-probe': { version: VERSIONS.go['grpc-health-probe'], run: runHealthProbe },
  grpcurl: { version: VERSIONS.go.grpcurl, run: runGrpcurl },
  k6: { version: VERSIONS.go.k6, run: runK6 },
} as const satisfies Record<string, Client>;

export type ClientName = keyof typeof CLIENTS;

export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[];
