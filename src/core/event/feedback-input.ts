import type { FeedbackKind } from '../fact/fact.ts';
import type { IdentifierInput } from './event-input.ts';

/** What a channel system reports of a dispatch or of something shown, parsed and valid by itself. */
export interface FeedbackInput {
  readonly channel: string;
  /** Unique per channel. */
  readonly id: string;
  /** One of both is given, or else identifiers. */
  readonly dispatchId: string;
  readonly tracking: string;
  readonly identifiers: readonly IdentifierInput[];
  readonly kind: FeedbackKind;
  readonly occurredAt: number;
  readonly machine: boolean;
  readonly link: string;
  readonly value: number;
  /** 'marketing' | 'service' | '' (all that the kind means by itself). */
  readonly scope: string;
  readonly bodyHash: number;
}
