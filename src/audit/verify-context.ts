import type { IntlZones } from '../adapter/intl/zones.ts';
import type { DecisionDraft } from '../core/decide/decision-draft.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { EditionPolicies } from '../node/edition-policies.ts';
import type { FutureRecord } from '../node/log-clock.ts';
import type { StoredModels } from '../node/stored-models.ts';
import type { Stores } from '../node/stores.ts';
import type { Snapshot } from '../port/snapshot-store.ts';
import { DIFFERENCES_SHOWN, type Verified } from './verified.ts';

export interface VerifyContext {
  readonly stores: Stores;
  readonly policies: EditionPolicies;
  /** The record furthest ahead of `now`. */
  readonly clock: { readonly now: number; ahead: FutureRecord | undefined };
  readonly zones: IntlZones;
  readonly draft: DecisionDraft;
  readonly models: StoredModels;
  /** Of one shard. */
  readonly verified: Verified;
  readonly carried: ReadonlySet<number>;
  /** Others write to the stores meanwhile: what they store behind the records that are read is no difference. */
  readonly isLive: boolean;
}

/** A customer as they were at a record. */
export interface StoredCopy extends Pick<Snapshot, 'seq' | 'revision' | 'bytes'> {
  /** In a sentence: "the snapshot" or an image. */
  readonly of: string;
}

/** What is known of a customer at the record that is read. */
export interface Known {
  readonly profile: Profile;
  /** Each is compared once, when the fold reaches its sequence. */
  copies: readonly StoredCopy[];
  /** Record of their snapshot; 0: there is none. */
  readonly savedAt: number;
  /** Retention dropped the beginning of the shard's log, or records were lost: facts of the customer may have been in it. */
  doubtful: boolean;
  /** Facts of the customer were in it: the profile counts more of them than there are. */
  incomplete: boolean;
  /** Core revision of the last fact folded. */
  revision: number;
  /** A fact of theirs is of a revision that is not carried: what they were from then on cannot be known. */
  foreign: boolean;
}

export function differ({ verified }: VerifyContext, sentence: string): void {
  verified.different++;
  if (verified.differences.length < DIFFERENCES_SHOWN) verified.differences.push(sentence);
}

/** Whether nothing can be said of a customer: by the profile's `version`, facts are missing that retention dropped. */
export function isIncomplete(entry: Known, version: number): boolean {
  if (entry.doubtful && entry.profile.version < version) entry.incomplete = true;
  return entry.incomplete;
}
