import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CheckResult, checksPrinted } from './check.ts';
import { fetchPython } from './fetch-clients.ts';
import { runClientProgram } from './run-program.ts';
import type { Endpoint } from './service.ts';

const PROTO = fileURLToPath(new URL('../../../proto', import.meta.url));
const SCRIPTS = fileURLToPath(new URL('./python', import.meta.url));
const TIMEOUT_MS = 120_000;

/** A script of the folder `python`, and how many checks it must at least report. */
const SCRIPT_CHECKS = { 'sync.py': 13, 'aio.py': 10 } as const;

/** Runs a Python client with stubs that protoc writes into `scratch` from the contract as it is now. */
export async function runPython(
  script: keyof typeof SCRIPT_CHECKS,
  { target, token, tls }: Endpoint,
  scratch: string,
): Promise<CheckResult[]> {
  const python = await fetchPython();
  const protos = ['attune/v1', 'buf/validate'].flatMap((folder) =>
    readdirSync(join(PROTO, folder)).map((file) => `${folder}/${file}`),
  );
  const out = [`--python_out=${scratch}`, `--grpc_python_out=${scratch}`];
  const protoc = ['-m', 'grpc_tools.protoc', '-I', PROTO, ...out, ...protos];
  const stubs = await runClientProgram({ command: python, args: protoc, timeoutMs: TIMEOUT_MS });
  if (stubs.code !== 0) return checksPrinted(stubs, 1);
  const shown = tls?.client === undefined ? [] : ['--cert', tls.client.cert, '--key', tls.client.key];
  const secured = tls === undefined ? [] : ['--ca', tls.ca, ...shown];
  const ran = await runClientProgram({
    command: python,
    args: [join(SCRIPTS, script), '--target', target, '--token', token, ...secured],
    env: { PYTHONPATH: scratch, PYTHONDONTWRITEBYTECODE: '1' },
    timeoutMs: TIMEOUT_MS,
  });
  return checksPrinted(ran, SCRIPT_CHECKS[script]);
}
