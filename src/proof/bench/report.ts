import type { Law } from './summary.ts';

/** What every bench is run with. */
export interface BenchSetting {
  readonly runs: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly customers: number;
  readonly seed: number;
  /** A fresh directory for data and policy. */
  readonly directory: string;
  /** The core of the servers; undefined: not pinned. */
  readonly core: number | undefined;
  readonly progress: (text: string) => void;
}

type Figure = number | string | boolean | readonly Figure[] | { readonly [key: string]: Figure };

/** What every bench answers; all numbers are as printed. */
export interface BenchReport {
  readonly bench: string;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly laws: readonly Law[];
  readonly notMeasured: readonly string[];
}
