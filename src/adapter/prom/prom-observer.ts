import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Observer } from '../../port/observer.ts';
import { LogLines, type LogOptions } from './log-lines.ts';
import { METRIC_HELP } from './metric-help.ts';
import { MetricSeries, type SeriesType } from './series.ts';

export interface PromOptions extends LogOptions {
  /** What a metric means, by its name, beside METRIC_HELP; shown to whoever scrapes. */
  readonly help?: Readonly<Record<string, string>>;
  /** Also memory, CPU, event loop and garbage collection of this process. Default true. */
  readonly process?: boolean;
}

/** Names come from our code; more than these are a bug that would grow without end. */
const SERIES_MAX = 500;

/**
 * The Observer for Prometheus and a log collector. A count or a duration costs two look-ups and an addition; text is made in
 * `render`. A label stands as `kind`. A name that is used in two ways keeps the first and counts as a misuse.
 */
export class PromObserver implements Observer {
  readonly #registry = new Registry();
  readonly #series = new Map<string, MetricSeries>();
  readonly #lines: LogLines;
  readonly #help: Readonly<Record<string, string>>;

  constructor(options: PromOptions = {}) {
    this.#lines = new LogLines(options);
    this.#help = { ...METRIC_HELP, ...options.help };
    if (options.process !== false) collectDefaultMetrics({ register: this.#registry });
  }

  /** Of what `render` returns. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus' text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  count(name: string, by: number, label = ''): void {
    this.#seriesOf(name, 'counter')?.add(by, label);
  }

  gauge(name: string, value: number, label = ''): void {
    this.#seriesOf(name, 'gauge')?.set(value, label);
  }

  time(name: string, ms: number, label = ''): void {
    this.#seriesOf(name, 'histogram')?.observe(ms, label);
  }

  fault(sentence: string, cause?: unknown): void {
    this.count('attune_faults_total', 1);
    this.#lines.line('error', sentence, cause);
  }

  info(sentence: string): void {
    this.#lines.line('info', sentence);
  }

  #seriesOf(name: string, type: SeriesType): MetricSeries | undefined {
    const known = this.#series.get(name);
    if (known?.type === type) return known;
    if (known !== undefined || this.#series.size >= SERIES_MAX) {
      if (name !== MISUSES) this.count(MISUSES, 1);
      return undefined;
    }
    const series = new MetricSeries(name, type, this.#help[name] ?? name.replaceAll('_', ' '));
    this.#series.set(name, series);
    // The registry asks its metrics for nothing but name and `get`.
    this.#registry.registerMetric(series as unknown as Metric);
    return series;
  }
}

const MISUSES = 'attune_metric_misuses_total';
