import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine } from '../../node/command/machine.ts';
import { considerReport } from './bench-consider.ts';
import { ingestReport } from './bench-ingest.ts';
import { scaleReport } from './bench-scale.ts';
import { pinningCores, pinSelf } from './measured-child.ts';
import type { BenchReport, BenchSetting } from './report.ts';
import { decideReport } from './report-decide.ts';
import { decideClusterReport } from './report-decide-cluster.ts';

const HELP = `bench decide|scale|ingest|consider [options]

  decide   a Decide call beside a bare gRPC echo: CPU, throughput, latency
  scale    what a million customers cost in memory, on disk, per call and at a restart
  ingest   events per second of CPU, durable
  consider customers whom the service considers by itself, over a kill: how many, how often, and what requests notice

  --json             print one JSON object, on the last line
  --runs N           rounds or load runs of each kind that count, turn about (default 7)
  --seconds N        length of a load run (default 2)
  --warm N           unmeasured seconds before each (default 1)
  --customers N      customers of the simulated shop (default: decide 20000, ingest 2000, scale and consider 1000000)
  --cluster          decide: a node with NATS and Redis on this machine, beside one with a directory
  --keep             leave the data directory, and say where it is

Examples:
  npm run -s bench -- decide --json
  npm run -s bench -- decide --cluster --json
  npm run -s bench -- scale --customers 100000 --runs 3
`;

const REPORTS: Readonly<Record<string, (setting: BenchSetting) => Promise<BenchReport>>> = {
  decide: decideReport,
  scale: scaleReport,
  ingest: ingestReport,
  consider: considerReport,
};

/** Runs one bench; answers the exit code: 0 when all laws hold, 1 when one is broken, 2 for a faulty command line. */
export async function runBench(args: readonly string[]): Promise<number> {
  const asked = parse(args);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n`);
    return asked === HELP ? 0 : 2;
  }
  const cores = pinningCores(cpus().length);
  if (cores) pinSelf(cores.client);
  const directory = mkdtempSync(join(tmpdir(), 'attune-bench-'));
  try {
    const report = await asked.report({
      ...asked,
      directory,
      core: cores?.server,
      progress: (text) => process.stderr.write(`${text}\n`),
    });
    print(report, asked.json, cores !== undefined);
    return report.laws.every((law) => law.holds) ? 0 : 1;
  } finally {
    if (asked.keep) process.stderr.write(`data kept in ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  }
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        cluster: { type: 'boolean', default: false },
        runs: { type: 'string', default: '7' },
        seconds: { type: 'string', default: '2' },
        warm: { type: 'string', default: '1' },
        customers: { type: 'string', default: '0' },
      },
    });
    const command = positionals[0] ?? '';
    if (values.help) return HELP;
    const report = REPORTS[command];
    if (!report || positionals.length > 1)
      return `bench needs one of ${Object.keys(REPORTS).join(', ')}.\n\n${HELP}`;
    if (values.cluster && command !== 'decide') return `--cluster is for decide alone.\n\n${HELP}`;
    const numbers = {
      runs: Number(values.runs),
      seconds: Number(values.seconds),
      warmSeconds: Number(values.warm),
    };
    for (const [name, value] of Object.entries(numbers)) {
      if (!(value > 0)) return `--${name.replace('Seconds', '')} must be a number above 0.`;
    }
    const customers = Number(values.customers);
    if (!Number.isInteger(customers) || customers < 0) return '--customers must be a whole number.';
    return {
      report: values.cluster ? decideClusterReport : report,
      json: values.json,
      keep: values.keep,
      seed: SEED,
      customers: customers || (CUSTOMERS[command] ?? 2_000),
      ...numbers,
      runs: Math.ceil(numbers.runs),
    };
  } catch (fault) {
    return `${(fault as Error).message}\n\n${HELP}`;
  }
}

/**
 * `decide` asks so often that few customers would be asked hundreds of times: their ledgers would stand at their bounds, every
 * decision would mature another one early, and the profiles would be the load's, not the shop's.
 */
const CUSTOMERS: Readonly<Record<string, number>> = { decide: 20_000, scale: 1_000_000, consider: 1_000_000 };

/** One seed for all benches: the same shop every time. */
const SEED = 20_260_302;

function print(report: BenchReport, json: boolean, pinned: boolean): void {
  const broken = report.laws.filter((law) => !law.holds);
  if (!json) {
    for (const [key, value] of Object.entries(report.figures))
      console.log(`${key.padEnd(24)} ${JSON.stringify(value)}`);
    for (const law of report.laws)
      console.log(`${law.holds ? 'holds ' : 'BROKEN'} ${law.name} ${law.bound}: ${law.value}`);
  }
  const whole = {
    bench: report.bench,
    ...report.figures,
    lawsBroken: broken.map((law) => `${law.name} ${law.bound}: ${law.value}`),
    notMeasured: [
      ...report.notMeasured,
      ...(pinned ? [] : ['server and client on a core each: they could not be pinned here']),
    ],
    machine: machine(),
    commit: commit(),
  };
  if (json) console.log(JSON.stringify(whole));
}

if (import.meta.main) process.exitCode = await runBench(process.argv.slice(2));
