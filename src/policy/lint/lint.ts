import type { KnownGoods } from '../../core/catalog/known-goods.ts';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import type { SoundPolicy } from '../parse-policy.ts';
import type { SourceEntry } from '../policy-source.ts';

/**
 * One thing that a sound policy may say and its author hardly means. A lint is quiet unless it is sure: who is warned for nothing
 * reads no warning any more.
 */
export interface Lint {
  /** Stable, in kebab-case. */
  readonly id: string;
  /** What it warns of, as a sentence for authors. */
  readonly doc: string;
  /** Where it holds; `goods` undefined: no catalogue was given. */
  readonly find: (sound: SoundPolicy, goods: KnownGoods | undefined) => readonly PolicyFault[];
}

/** The actions as written, in the order of `policy.actions`. */
export function actionEntries({ source }: SoundPolicy): readonly SourceEntry[] {
  return source.entries('actions', 'actions');
}
