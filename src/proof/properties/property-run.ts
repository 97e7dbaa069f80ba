/** A property that ran once under a seed: what a test tells the command, by the `meta` of its task. */
export interface PropertyRun {
  /** Undefined when it held. */
  readonly broken: BrokenProperty | undefined;
}

export interface BrokenProperty {
  readonly seed: number;
  /** Where fast-check stopped shrinking: with the seed it leads back to the counterexample. */
  readonly path: string;
  readonly counterexample: string;
  readonly why: string;
}

declare module 'vitest' {
  interface TaskMeta {
    /** One for each property that ran in the test, in order. */
    properties?: PropertyRun[];
  }

  interface ProvidedContext {
    /** Undefined but for `npm run properties`. */
    propertySeed: number | undefined;
  }
}
