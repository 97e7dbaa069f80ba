import type { MetricObject, MetricValue } from 'prom-client';

/** Labels of one metric beyond this are counted together as 'other': a label must never come from outside unbounded. */
const LABELS_MAX = 128;

/** Upper bounds in ms: fine where the budgets lie (1–30 ms), coarse around. */
const BOUNDS_MS = [
  0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 50, 75, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
] as const;

interface Distribution {
  /** One more than the bounds: the last takes what is above them all. */
  readonly counts: Float64Array;
  sum: number;
}

export type SeriesType = 'counter' | 'gauge' | 'histogram';

/**
 * One metric: plain numbers per label, turned into prom-client's shape only when somebody scrapes. `value` is for counters
 * and gauges, `observe` for histograms.
 */
export class MetricSeries {
  readonly name: string;
  readonly type: SeriesType;
  readonly #help: string;
  readonly #values = new Map<string, number>();
  readonly #distributions = new Map<string, Distribution>();

  constructor(name: string, type: SeriesType, help: string) {
    this.name = name;
    this.type = type;
    this.#help = help;
  }

  add(by: number, label: string): void {
    const key = this.#bounded(this.#values, label);
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }

  set(value: number, label: string): void {
    this.#values.set(this.#bounded(this.#values, label), value);
  }

  observe(ms: number, label: string): void {
    const key = this.#bounded(this.#distributions, label);
    let distribution = this.#distributions.get(key);
    if (distribution === undefined) {
      distribution = { counts: new Float64Array(BOUNDS_MS.length + 1), sum: 0 };
      this.#distributions.set(key, distribution);
    }
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] as number)) bucket++;
    (distribution.counts[bucket] as number)++;
    distribution.sum += ms;
  }

  /** What prom-client's registry asks of a metric. */
  get(): MetricObject & { values: MetricValue<string>[] } {
    const values: MetricValue<string>[] = [];
    for (const [label, value] of this.#values) values.push({ value, labels: labelsOf(label) });
    for (const [label, distribution] of this.#distributions)
      values.push(...this.#buckets(label, distribution));
    return { name: this.name, help: this.#help, type: this.type, aggregator: 'sum', values } as never;
  }

  #buckets(label: string, { counts, sum }: Distribution): MetricValueWithName[] {
    const labels = labelsOf(label);
    let total = 0;
    const buckets = Array.from(counts, (count, i) => {
      total += count;
      return {
        metricName: `${this.name}_bucket`,
        labels: { ...labels, le: BOUNDS_MS[i] ?? '+Inf' },
        value: total,
      };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: total },
    ];
  }

  #bounded(known: ReadonlyMap<string, unknown>, label: string): string {
    return known.size < LABELS_MAX || known.has(label) ? label : 'other';
  }
}

type MetricValueWithName = MetricValue<string> & { metricName: string };

function labelsOf(label: string): { kind?: string } {
  return label === '' ? {} : { kind: label };
}
