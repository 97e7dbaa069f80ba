import { KINDS_OF_ORDERS } from './kinds-of-orders.ts';
import { KINDS_OF_TRANSPORT } from './kinds-of-transport.ts';
import { KINDS_OF_WORDS } from './kinds-of-words.ts';
import { KINDS_REFUSED, REUSED_ID } from './kinds-refused.ts';
import type { MessKind } from './mess.ts';

/** What changes content first, then what delays and repeats it, so that copies and delays take everything along. */
export const ALL_KINDS: readonly MessKind[] = [
  ...KINDS_OF_WORDS,
  ...KINDS_OF_ORDERS,
  ...KINDS_REFUSED,
  ...KINDS_OF_TRANSPORT,
  REUSED_ID,
];
