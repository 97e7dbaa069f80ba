import { Histogram } from '../../base/histogram.ts';
import type { CoreRun } from './core-server.ts';
import type { ClosedPlan, LoadResult, OpenPlan } from './load.ts';
import { closedStream, closedUnary, openStream, openUnary } from './load.ts';
import type { MeasuredChild } from './measured-child.ts';
import { median } from './summary.ts';

/** One load run against one server, with the CPU that the server used for it. */
export interface Sample extends LoadResult {
  /** CPU of the server, all threads, per answered call or message, in microseconds. */
  readonly serverMicros: number;
}

type Unmarked<P> = Omit<P, 'port' | 'mark'>;

export function sampleUnary(server: MeasuredChild, plan: Unmarked<ClosedPlan>): Promise<Sample> {
  return withCpu(server, (mark) => closedUnary({ ...plan, port: server.port, mark }));
}

export function sampleStream(server: MeasuredChild, plan: Unmarked<ClosedPlan>): Promise<Sample> {
  return withCpu(server, (mark) => closedStream({ ...plan, port: server.port, mark }));
}

export function sampleOpenUnary(server: MeasuredChild, plan: Unmarked<OpenPlan>): Promise<Sample> {
  return withCpu(server, (mark) => openUnary({ ...plan, port: server.port, mark }));
}

export function sampleOpenStream(server: MeasuredChild, plan: Unmarked<OpenPlan>): Promise<Sample> {
  return withCpu(server, (mark) => openStream({ ...plan, port: server.port, mark }));
}

/** The core of the service, which asks itself: see core-server.ts. */
export async function sampleCore(
  server: MeasuredChild,
  plan: { readonly warmSeconds: number; readonly seconds: number; readonly inFlight: number },
): Promise<Sample> {
  const { warmSeconds, seconds, inFlight } = plan;
  const asked = `run?warm=${warmSeconds}&seconds=${seconds}&inFlight=${inFlight}`;
  const run = (await (await fetch(`http://127.0.0.1:${server.port}/${asked}`)).json()) as CoreRun;
  return {
    calls: run.calls,
    errors: run.errors === 0 ? {} : { [UNKNOWN]: run.errors },
    errorCount: run.errors,
    seconds: run.seconds,
    perSecond: run.calls / run.seconds,
    latency: new Histogram(),
    lateness: new Histogram(),
    clientMicros: 0,
    serverMicros: run.cpuMicros / Math.max(1, run.calls),
  };
}

/** The gRPC status code for an error that names none. */
const UNKNOWN = 2;

async function withCpu(
  server: MeasuredChild,
  load: (mark: (edge: 'begin' | 'end') => Promise<void>) => Promise<LoadResult>,
): Promise<Sample> {
  let begin = 0;
  let end = 0;
  const result = await load(async (edge) => {
    const now = await server.cpuMicros();
    if (edge === 'begin') begin = now;
    else end = now;
  });
  return { ...result, serverMicros: (end - begin) / Math.max(1, result.calls) };
}

/** Samples of the same thing from several runs; what is reported of them is the median. */
export class Series {
  readonly #samples: Sample[] = [];

  add(sample: Sample): void {
    this.#samples.push(sample);
  }

  get serverMicros(): number {
    return median(this.#samples.map((s) => s.serverMicros));
  }

  get clientMicros(): number {
    return median(this.#samples.map((s) => s.clientMicros));
  }

  get perSecond(): number {
    return median(this.#samples.map((s) => s.perSecond));
  }

  quantileMs(q: number): number {
    return median(this.#samples.map((s) => s.latency.quantileMs(q)));
  }

  latenessMs(q: number): number {
    return median(this.#samples.map((s) => s.lateness.quantileMs(q)));
  }

  get maxMs(): number {
    return Math.max(...this.#samples.map((s) => s.latency.maxMs));
  }

  /** Median over the runs of this series' server CPU over that of another in the same run. */
  cpuRatioTo(other: Series): number {
    return median(this.cpuRatiosTo(other));
  }

  /** The same, run by run. */
  cpuRatiosTo(other: Series): readonly number[] {
    return this.#samples.map((s, i) => s.serverMicros / (other.#samples[i] as Sample).serverMicros);
  }

  /** Calls of all runs that failed, by gRPC status code. */
  get errors(): Record<number, number> {
    const errors: Record<number, number> = {};
    for (const sample of this.#samples) {
      for (const [code, count] of Object.entries(sample.errors)) {
        errors[Number(code)] = (errors[Number(code)] ?? 0) + count;
      }
    }
    return errors;
  }

  get errorCount(): number {
    return this.#samples.reduce((sum, sample) => sum + sample.errorCount, 0);
  }
}
