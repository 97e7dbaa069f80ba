import { parseArgs } from 'node:util';
import { commit, machine } from '../../node/command/machine.ts';
import { CLIENT_NAMES, type ClientName } from './clients.ts';
import { type ClientReport, holds, runInterop } from './run-interop.ts';

const HELP = `interop [options]

Calls a started service with clients that nobody here wrote. Each is fetched from its registry into .attune/interop the first
time (Go programs are built here, which takes minutes) and does real work. Exit code 1 when one fails. One that cannot be had
is skipped; where the variable CI is true that fails too.

  --only NAMES  these clients, with commas: ${CLIENT_NAMES.join(', ')}
  --json        one JSON object as the last line

Examples:
  npm run -s interop -- --json
  npm run -s interop -- --only python-sync,grpcurl
`;

const OPTIONS = {
  only: { type: 'string', default: CLIENT_NAMES.join(',') },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

process.exitCode = await main();

async function main(): Promise<number> {
  let given: ReturnType<typeof parsed>;
  try {
    given = parsed();
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : fault}\n\n${HELP}`);
    return 2;
  }
  if (given.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const clients = given.only.split(',');
  const unknown = clients.filter((name) => !CLIENT_NAMES.includes(name as ClientName));
  if (unknown.length > 0) {
    process.stderr.write(`There is no client ${unknown.join(', ')}.\n\n${HELP}`);
    return 2;
  }
  return await run(clients as ClientName[], given.json);
}

function parsed() {
  return parseArgs({ options: OPTIONS }).values;
}

async function run(names: readonly ClientName[], json: boolean): Promise<number> {
  const began = performance.now();
  const clients = await runInterop({ clients: names, done: print });
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const report = { clients, machine: machine(), commit: commit(), seconds };
  if (json) console.log(JSON.stringify(report));
  return holds(clients, process.env.CI === 'true') ? 0 : 1;
}

function print({ name, version, ok, skipped, why, checks, seconds }: ClientReport): void {
  const how = ok ? 'ok     ' : skipped ? 'SKIPPED' : 'FAILED ';
  const held = checks.filter((check) => check.ok).length;
  process.stderr.write(`${how} ${name} (${version}): ${held} of ${checks.length} checks, ${seconds} s\n`);
  if (why !== '') process.stderr.write(`${why.replace(/^/gm, '          ')}\n`);
}
