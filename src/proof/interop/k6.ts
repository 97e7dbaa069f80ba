import { fileURLToPath } from 'node:url';
import { type CheckResult, checksPrinted } from './check.ts';
import { fetchGo } from './fetch-clients.ts';
import { runClientProgram } from './run-program.ts';
import type { Endpoint } from './service.ts';

const SCRIPT = fileURLToPath(new URL('./k6/calls.js', import.meta.url));
const TIMEOUT_MS = 120_000;
/** Eight of one caller, one of each of the twenty under load. */
const CHECKS_MIN = 28;

/** k6's own gRPC client, by reflection: every kind of call once, then twenty callers at the same time. */
export async function runK6({ target, token, tls }: Endpoint): Promise<CheckResult[]> {
  const command = await fetchGo('k6');
  const quiet = ['--quiet', '--summary-mode', 'disabled', '--no-usage-report', '--log-format', 'raw'];
  const ran = await runClientProgram({
    command,
    args: ['run', ...quiet, SCRIPT],
    env: {
      TARGET: target,
      TOKEN: token,
      CA: tls?.ca ?? '',
      CERT: tls?.client?.cert ?? '',
      KEY: tls?.client?.key ?? '',
    },
    timeoutMs: TIMEOUT_MS,
  });
  return checksPrinted(ran, CHECKS_MIN);
}
