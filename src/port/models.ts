/** The models of a deployment: what scores, what did before, and taking another one. */
import type { Unheld } from './editions.ts';

export interface ModelFiles {
  /** The text of card.json. */
  readonly card: string;
  /** The bytes of model.onnx. */
  readonly model: Uint8Array;
}

/** It scores; '' as `previous`: none did before. */
export interface ModelTaken {
  readonly kind: 'taken';
  readonly version: string;
  readonly previous: string;
}

export type ModelOutcome =
  | ModelTaken
  /** It cannot score here; a sentence each. */
  | { readonly kind: 'faulty'; readonly faults: readonly string[] }
  /** Another version is in force than the caller expected; '' none is. */
  | { readonly kind: 'conflict'; readonly inForce: string }
  /** Some nodes cannot put it in force, so none does. */
  | { readonly kind: 'unheld'; readonly version: string; readonly nodes: readonly Unheld[] }
  /** No such version is kept, or there is none before the one in force. */
  | { readonly kind: 'unknown' };

export interface KeptModel {
  readonly version: string;
  /** Of its model.onnx. */
  readonly sha256: string;
  /** When it was stored first (ms). */
  readonly at: number;
  readonly inForce: boolean;
}

/** All methods throw PortError when the store of editions fails. */
export interface Models {
  /** What scores on this node: a model's version, or `base-rates`. */
  readonly scoring: string;
  /** Checks a model as a start does, stores it and puts it in force for all nodes, durably. `expected` undefined: whatever is in force. */
  publish(files: ModelFiles, expected: string | undefined): Promise<ModelOutcome>;
  /** Puts an earlier version in force again; undefined: the one stored before the present one. */
  rollback(version: string | undefined): Promise<ModelOutcome>;
  /** The newest first, at most 100. */
  list(): Promise<readonly KeptModel[]>;
}
