/** What travels over a link between two nodes (node-link.ts): up to the node that is asked, down to the node that asks. */

import type { DecisionPlace } from '../core/decide/decision-id.ts';
import type { CustomerFact } from '../core/fact/fact.ts';
import type { Delivery } from '../port/customers.ts';

export type UpMessage =
  /** A channel system is connected to the asking node: its number there, and what it may be given for now. */
  | { readonly kind: 'serve'; readonly session: number; readonly channel: number; readonly credits: number }
  /** It may be given so many more. */
  | { readonly kind: 'lend'; readonly session: number; readonly credits: number }
  /** What it may be given and nothing here needs now is asked back. */
  | { readonly kind: 'recall'; readonly session: number }
  /** It is gone. */
  | { readonly kind: 'left'; readonly session: number }
  /** Somebody there wants to hear of changes of a customer id. */
  | { readonly kind: 'watch'; readonly id: string }
  | { readonly kind: 'unwatch'; readonly id: string }
  /** Somebody there wants to see decisions: a share of them from 0 to 1, at most so many a second. */
  | { readonly kind: 'tail'; readonly tail: number; readonly share: number; readonly perSecondMax: number }
  | { readonly kind: 'untail'; readonly tail: number };

export type DownMessage =
  /** For a channel system there; uses up one of its credits. */
  | { readonly kind: 'deliver'; readonly session: number; readonly delivery: Delivery }
  | {
      readonly kind: 'withdraw';
      readonly session: number;
      readonly dispatchId: string;
      readonly reason: string;
    }
  /** Credits that are not needed here. */
  | { readonly kind: 'returned'; readonly session: number; readonly credits: number }
  /** How many dispatches wait for a credit. */
  | { readonly kind: 'short'; readonly session: number; readonly count: number }
  /** Changes of a customer id are told from here on. */
  | { readonly kind: 'watching'; readonly id: string }
  /** `profile` in its stored format. */
  | {
      readonly kind: 'changed';
      readonly id: string;
      readonly profile: Uint8Array;
      readonly causes: readonly CustomerFact['kind'][];
    }
  /** `fact`: a record that holds the decision alone, in its stored format. `skipped`: how many were left out before it. */
  | {
      readonly kind: 'decided';
      readonly tail: number;
      readonly place: DecisionPlace;
      readonly fact: Uint8Array;
      readonly skipped: number;
    };

/** About how many bytes it takes. */
export function saidBytes(message: DownMessage): number {
  if (message.kind === 'changed') return message.profile.length + 256;
  if (message.kind === 'decided') return message.fact.length + 256;
  return message.kind === 'deliver' ? DELIVERY_BYTES : 256;
}

/** A treatment with its words. */
const DELIVERY_BYTES = 8_192;
