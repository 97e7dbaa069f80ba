/**
 * What is wrong with a data directory, each a sentence for people. `healed`: a copy of it exists, and a service that starts
 * makes it good. `history`: no copy exists, profiles are right all the same, and a service starts. `loss`: what was
 * acknowledged is gone; a service starts with `--accept-loss` only. `blocked`: nothing but a backup helps.
 */
export interface Finding {
  readonly kind: 'healed' | 'history' | 'loss' | 'blocked';
  readonly sentence: string;
}

const REMEDIES: Readonly<Record<Finding['kind'], string>> = {
  healed: '',
  history: '',
  loss: '; restore the data directory from its backup, or start with --accept-loss to go on without them',
  blocked: '; restore the data directory from its backup',
};

/** The findings of one look at a directory, in the order in which they were made. */
export class Findings {
  readonly #found: Finding[];

  constructor(found: readonly Finding[] = []) {
    this.#found = [...found];
  }

  get all(): readonly Finding[] {
    return this.#found;
  }

  get sentences(): readonly string[] {
    return this.#found.map(({ sentence }) => sentence);
  }

  /** Takes note of `what`, a sentence without its end; the remedy is added. */
  add(kind: Finding['kind'], what: string): void {
    this.#found.push({ kind, sentence: `${what}${REMEDIES[kind]}` });
  }

  /** Those for which a service does not start. */
  refusals(acceptsLoss: boolean): readonly Finding[] {
    return this.#found.filter(({ kind }) => kind === 'blocked' || (kind === 'loss' && !acceptsLoss));
  }
}
