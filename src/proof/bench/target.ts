import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchPolicyFiles } from './bench-policy.ts';
import { type MeasuredChild, startChild } from './measured-child.ts';

/** As in the package's scripts. */
export const SERVICE_FLAGS = [
  '--no-allocation-site-pretenuring',
  '--single-threaded-gc',
  '--heap-growing-percent=80',
];
const MAIN = new URL('../../main.ts', import.meta.url);
/** The models of this repository. */
export const MODELS = fileURLToPath(new URL('../../../models', import.meta.url));

/** The service under test, in a process of its own, with metrics on. */
export interface Target extends MeasuredChild {
  /** All plain metrics by their name with labels, as /metrics shows them. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

export interface TargetPlan {
  readonly dataDir: string;
  readonly policyDir: string;
  readonly core: number | undefined;
  /** Further flags of `serve`. */
  readonly flags?: readonly string[];
  /** Further flags of node. */
  readonly nodeFlags?: readonly string[];
}

/** Starts `attune serve` on free ports, durable, as it would be run: the flags of the package's own script. */
export async function startTarget(plan: TargetPlan): Promise<Target> {
  const child = await startChild({
    script: MAIN,
    args: [
      'serve',
      ...['--listen', '127.0.0.1:0'],
      ...['--metrics-listen', '127.0.0.1:0'],
      ...['--dir', plan.dataDir],
      ...['--policy-dir', plan.policyDir],
      ...['--models-dir', MODELS],
      '--no-policy-watch',
      ...(plan.flags ?? []),
    ],
    nodeFlags: [...SERVICE_FLAGS, ...(plan.nodeFlags ?? [])],
    core: plan.core,
    portPattern: /attune listens on [^ ]*:(\d+) [\s\S]*metrics on http/,
  });
  return {
    ...child,
    async metrics() {
      const port = /metrics on http:\/\/[^ ]*:(\d+)\//.exec(child.output())?.[1];
      if (!port) throw new Error(`The service does not say where its metrics are:\n${child.output()}`);
      const reply = await fetch(`http://127.0.0.1:${port}/metrics`);
      return parseMetrics(await reply.text());
    },
  };
}

/** Writes the policy of 100 actions, or other files, as files. */
export function writeBenchPolicy(
  directory: string,
  files: Iterable<readonly [string, string]> = benchPolicyFiles(),
): void {
  for (const [name, content] of files) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** Reads the Prometheus text format; timestamps and comments are left out. */
export function parseMetrics(text: string): Map<string, number> {
  const metrics = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][^ {]*(?:\{.*\})?) (\S+)/.exec(line);
    if (match) metrics.set(match[1] as string, Number(match[2]));
  }
  return metrics;
}

/** Microseconds of each stage of the engine per request, between two readings of the metrics. */
export function stageMicros(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Record<string, number> {
  const of = (stage: string) => {
    const name = [...after.keys()].find(
      (key) => key.startsWith('attune_engine_total{') && key.includes(`"${stage}"`),
    );
    return name === undefined ? Number.NaN : (after.get(name) as number) - (before.get(name) ?? 0);
  };
  const requests = of('requests');
  const stages: Record<string, number> = {};
  for (const stage of ['begin', 'score', 'finish', 'append']) stages[stage] = (of(stage) * 1000) / requests;
  stages.requestsPerTick = requests / of('ticks');
  return stages;
}
