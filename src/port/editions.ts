import type { Follow } from './follow.ts';

/**
 * Named, versioned, immutable bytes that every node holds: policies, models, heads, what operators paused. Without bytes: `watched`, what the watched folder of the
 * policy held; `models-folder`, the newest that the folder of models held; `proposed`, the kind and version that nodes are asked about before it comes into force.
 */
export type EditionKind =
  | 'policy'
  | 'model'
  | 'head'
  | 'priors'
  | 'pauses'
  | 'watched'
  | 'models-folder'
  | 'proposed';

/** What nodes are asked about before it comes into force. */
export type ProposedKind = 'policy' | 'model';

/** A node that does not hold an edition. */
export interface Unheld {
  /** `host:port` */
  readonly address: string;
  /** A sentence's end, such as "it was trained on other features". */
  readonly why: string;
}

/**
 * Asks every node that lives whether it can put a stored edition in force; those that cannot, or have not said so in time. 'overtaken': another edition was proposed
 * meanwhile. Throws PortError.
 */
export type AskHeld = (kind: ProposedKind, version: string) => Promise<readonly Unheld[] | 'overtaken'>;

export interface Edition {
  readonly kind: EditionKind;
  readonly version: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

export interface Editions {
  /**
   * Durable when it resolves; the same version with other bytes throws `conflict`. `at`: when it was first put (ms), for one that
   * comes back from a second copy; default now.
   */
  put(edition: Edition, at?: number): Promise<void>;
  get(kind: EditionKind, version: string): Promise<Edition | undefined>;
  /** The version in force, '' when none. */
  current(kind: EditionKind): Promise<string>;
  /** Compare-and-set of the version in force; `conflict` when it is not `expected`. */
  use(kind: EditionKind, version: string, expected: string): Promise<void>;
  /** Newest first, at most `limit`; default 100. */
  versions(
    kind: EditionKind,
    limit?: number,
  ): Promise<{ readonly version: string; readonly sha256: string; readonly at: number }[]>;
  /** Of versions that come into force. */
  follow?: Follow;
  close(): Promise<void>;
}
