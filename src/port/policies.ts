/** The policies of a deployment: what is in force, what was before, and taking another one. */
import type { Policy } from '../core/policy/policy.ts';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import type { PolicyFault } from '../core/policy/policy-fault.ts';
import type { PolicyWarning } from '../core/policy/policy-warning.ts';
import type { Unheld } from './editions.ts';

/** What a policy's files amount to; faulty files have no version. */
export interface PolicyCheck {
  /** `name@hash`, '' when there are faults. */
  readonly version: string;
  readonly faults: readonly PolicyFault[];
  /** What its author hardly means; of faulty files none is told. */
  readonly warnings: readonly PolicyWarning[];
}

/** It is in force; '' as `previous`: none was before. */
export interface PolicyTaken {
  readonly kind: 'taken';
  readonly version: string;
  readonly previous: string;
}

export interface PolicyApplied extends PolicyTaken {
  readonly warnings: readonly PolicyWarning[];
}

export interface PolicyFaulty {
  readonly kind: 'faulty';
  readonly faults: readonly PolicyFault[];
}

/** Another version is in force than the caller expected; nothing changed. */
export interface PolicyConflict {
  readonly kind: 'conflict';
  /** '' when none is in force. */
  readonly inForce: string;
}

/** Some nodes cannot put it in force, so none does; nothing changed. */
export interface PolicyUnheld {
  readonly kind: 'unheld';
  readonly version: string;
  readonly nodes: readonly Unheld[];
}

/** No such version is kept, or there is none before the one in force. */
export interface PolicyUnknown {
  readonly kind: 'unknown';
}

/** A policy as it was applied. */
export interface PolicyEdition {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly files: PolicyFiles;
  readonly appliedAt: number;
  readonly inForce: boolean;
}

/** A folder whose changes are applied. */
export interface WatchedFolder {
  readonly directory: string;
  /** Of the policy that it held last. */
  readonly version: string;
}

/** All methods that answer a promise throw PortError when the store of editions fails. */
export interface Policies {
  /** The policy in force on this node; undefined before the first one. */
  readonly current: Policy | undefined;
  /** The folder whose next change takes the place of what is in force; undefined: none is watched. */
  readonly watched: WatchedFolder | undefined;
  /** Parses and compiles without taking; never throws on what the files hold. */
  check(files: PolicyFiles): PolicyCheck;
  /** Stores the files and puts them in force, durably, once every node that lives holds them. `expected` undefined: whatever is in force. */
  apply(
    files: PolicyFiles,
    expected: string | undefined,
  ): Promise<PolicyApplied | PolicyFaulty | PolicyConflict | PolicyUnheld>;
  /** Puts an earlier version in force again; undefined: the one before the present one. */
  rollback(version: string | undefined): Promise<PolicyTaken | PolicyUnknown | PolicyConflict | PolicyUnheld>;
  /** The files of a version; undefined as argument: the one in force. */
  get(version: string | undefined): Promise<PolicyEdition | undefined>;
  /** A version parsed and compiled, for explaining what it decided. The last few are remembered. */
  parsed(version: string): Promise<Policy | undefined>;
}
