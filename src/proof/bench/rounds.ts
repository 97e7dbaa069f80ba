import { watchOtherLoad } from './other-load.ts';
import { type Sample, Series } from './sample.ts';

/** A load run of a round, by its name. */
export interface RoundStep<Name extends string> {
  readonly name: Name;
  readonly sample: () => Promise<Sample>;
}

export interface RoundsPlan {
  /** Rounds that count, then the bench is over. */
  readonly rounds: number;
  /** No new round begins after so many seconds. */
  readonly secondsMax: number;
  readonly progress: (text: string) => void;
}

/** What others may use of the machine, in cores, for a round to count. */
export const OTHER_CORES_MAX = 0.3;
/** Fewer rounds than this decide nothing. */
const JUDGED_MIN = 5;

/** Rounds in which every step ran once, in turn, so that a disturbance of the machine meets all of them alike. */
export class Rounds<Name extends string> {
  readonly #series = new Map<Name, Series>();
  #counted = 0;
  #disturbed = 0;
  readonly otherCores: number[] = [];

  /** Rounds that counted. */
  get counted(): number {
    return this.#counted;
  }

  /** Rounds that do not count, because others used the machine meanwhile. */
  get disturbed(): number {
    return this.#disturbed;
  }

  /** True when enough rounds counted to judge by them. */
  get judged(): boolean {
    return this.#counted >= JUDGED_MIN;
  }

  get all(): readonly Series[] {
    return [...this.#series.values()];
  }

  of(name: Name): Series {
    const series = this.#series.get(name) ?? new Series();
    this.#series.set(name, series);
    return series;
  }

  /** Runs rounds of the steps until enough count, or until the time is over. */
  async run(steps: readonly RoundStep<Name>[], plan: RoundsPlan): Promise<void> {
    const until = performance.now() + plan.secondsMax * 1_000;
    while (this.#counted < plan.rounds && performance.now() < until) {
      const others = watchOtherLoad();
      const samples = new Map<Name, Sample>();
      // Every second round goes backwards, so that a drift of the machine does not favour who comes first.
      const order = (this.#counted + this.#disturbed) % 2 === 0 ? steps : [...steps].reverse();
      for (const { name, sample } of order) samples.set(name, await sample());
      this.#add(samples, others(), plan);
    }
  }

  #add(samples: ReadonlyMap<Name, Sample>, others: number | undefined, plan: RoundsPlan): void {
    if (others !== undefined) this.otherCores.push(Math.round(others * 100) / 100);
    if (others !== undefined && others >= OTHER_CORES_MAX) {
      this.#disturbed++;
      plan.progress(`a round does not count: other processes used ${others.toFixed(2)} cores`);
      return;
    }
    this.#counted++;
    for (const [name, sample] of samples) this.of(name).add(sample);
    plan.progress(`round ${this.#counted} of ${plan.rounds}`);
  }
}
