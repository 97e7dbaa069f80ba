import type { EventInput, IdentifierInput } from '../event/event-input.ts';
import type { EventWarning } from '../event/event-warning.ts';

/** A Decide request, parsed and valid by itself. */
export interface DecideInput {
  readonly requestId: string;
  readonly identifiers: readonly IdentifierInput[];
  readonly events: readonly EventInput[];
  /** Names; empty: an outbound decision. */
  readonly placements: readonly string[];
  readonly dispatch: boolean;
  readonly timeZone: string;
  readonly locale: string;
  readonly device: string;
  readonly page: string;
  readonly channel: string;
  readonly alternativesMax: number;
  readonly dryRun: boolean;
  /** Of a dry run: decided as if this trigger of the policy (its index) had fired now; absent: as asked. */
  readonly asTrigger?: number;
  /** The reply is to explain itself. */
  readonly explain?: boolean;
  /** 32-bit hash of the message's bytes: a retry has the same one. */
  readonly bodyHash: number;
  /** The hash that version 0.2.0 gave it, where that may be another one. */
  readonly olderBodyHash?: number | undefined;
  /** What is odd about the request itself; absent: nothing. */
  readonly warnings?: readonly EventWarning[] | undefined;
}
