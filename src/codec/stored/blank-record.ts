import type { CustomerId } from '../../base/brand.ts';
import { FORGOTTEN } from './erasure-fact-codec.ts';
import { factCode } from './fact-codec.ts';
import { RecordCursor } from './record-codec.ts';

/**
 * The record without the facts of customers who are forgotten; undefined: it has none of theirs. In place of each stands `forgotten`, so that
 * the others keep their places; header and format stay as they are. Throws StoredBytesError.
 */
export function blankRecord(
  stored: Uint8Array,
  isForgotten: (customer: CustomerId, generation: number) => boolean,
): Uint8Array | undefined {
  const cursor = new RecordCursor(stored);
  const { generation } = cursor.header;
  const pieces: Uint8Array[] = [];
  let kept = 0;
  while (cursor.next()) {
    const { customer } = cursor;
    if (customer === undefined || !isForgotten(customer, generation)) continue;
    const { from, to } = cursor.frame;
    pieces.push(stored.subarray(kept, from), BLANK);
    kept = to;
  }
  if (pieces.length === 0) return undefined;
  return new Uint8Array(Buffer.concat([...pieces, stored.subarray(kept)]));
}

/** Kind and length of a fact without a body. */
const BLANK = new Uint8Array([factCode(FORGOTTEN.kind), 0, 0, 0, 0]);
