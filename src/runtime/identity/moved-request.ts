import type { IdentifierKey } from '../../base/brand.ts';
import { addressedById, addresseeOfKey } from '../../core/identity/customer.ts';
import { movedSeq } from '../../core/identity/home-seq.ts';
import type { Request } from '../turn/request.ts';

/** A request of a moved customer as it is sent on to where they are; what it says of decisions is named as they are named there. */
export function movedRequest(
  request: Request,
  via: readonly IdentifierKey[],
  leadsTo: IdentifierKey,
  from: number,
  shards: number,
): Request {
  const known = addresseeOfKey(leadsTo);
  // By id alone, so that nobody begins who was forgotten.
  const to = request.isProvisional ? addressedById(known.id) : known;
  const moved = { ...request, to, via } as Request;
  if (!('ref' in moved) || moved.ref === undefined) return moved as Request;
  return { ...moved, ref: { ...moved.ref, seq: movedSeq(moved.ref.seq, from, to.hash % shards) } } as Request;
}
