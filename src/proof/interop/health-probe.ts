import { type CheckResult, expect, runChecks } from './check.ts';
import { fetchGo } from './fetch-clients.ts';
import { type ProgramResult, runClientProgram } from './run-program.ts';
import type { Endpoint } from './service.ts';

const TIMEOUT_MS = 30_000;
/** Its exit code for an answer other than SERVING, also for a service that is not known. */
const UNHEALTHY = 4;
const RPC_FAILED = 3;

/**
 * grpc-health-probe as Kubernetes would run it: without a token or certificate. Only who asks compressed shows them: nobody
 * else has anything unpacked.
 */
export async function runHealthProbe({ target, token, tls }: Endpoint): Promise<CheckResult[]> {
  const command = await fetchGo('grpc-health-probe');
  const secured = tls === undefined ? [] : ['-tls', '-tls-ca-cert', tls.ca];
  const shown = tls?.client && ['-tls-client-cert', tls.client.cert, '-tls-client-key', tls.client.key];
  const probe = (...args: string[]): Promise<ProgramResult> =>
    runClientProgram({ command, args: ['-addr', target, ...secured, ...args], timeoutMs: TIMEOUT_MS });
  return await runChecks({
    'the node is well': async () => healthy(await probe()),
    'a service is well': async () => healthy(await probe('-service', 'attune.v1.DecisionService')),
    'a compressed question is understood': async () =>
      healthy(await probe('-gzip', '-rpc-header', `authorization: Bearer ${token}`, ...(shown ?? []))),
    'an unknown service is not well': async () => {
      const { code, stderr } = await probe('-service', 'attune.v1.Nobody');
      expect([UNHEALTHY, RPC_FAILED].includes(code), `${code}: ${stderr}`);
    },
  });
}

function healthy({ code, stdout, stderr }: ProgramResult): void {
  expect(code === 0 && `${stdout}${stderr}`.includes('status: SERVING'), `${code}: ${stdout}${stderr}`);
}
