/**
 * A yes that waits for its confirmation (double opt-in), and a confirmation that came before its yes. Part of the profile; rows are
 * never changed once made.
 *
 * I1  A request is no consent: `consent` stays what it was until a confirmation falls into the request's time.
 * I2  At most one request and one confirmation a place; they are dropped when another place is asked about after their time.
 * I3  A refusal ends the requests up to its time, whichever comes first, and a yes that was confirmed after it.
 */
import { type ConsentTelling, tellingText } from './consent-proof.ts';

export interface ConsentRequest {
  /** `channel * PURPOSES.length + purpose`. */
  readonly place: number;
  /** A confirmation, whose `from` and `at` are one. */
  readonly confirms: boolean;
  /** The first and the last yes that wait together, and until when. */
  readonly from: number;
  readonly at: number;
  readonly until: number;
  /** Of the last one. */
  readonly telling: ConsentTelling;
}

export const NO_REQUESTS: readonly ConsentRequest[] = [];

/** Until when a yes at `place` waits for its confirmation; 0: none does. */
export function waitsUntil(requests: readonly ConsentRequest[], place: number, now: number): number {
  for (const request of requests)
    if (request.place === place && !request.confirms && request.until > now) return request.until;
  return 0;
}

/** Requests that overlap wait together; of others, and of confirmations, the later one stays. What was over at `now` goes. */
export function withRequest(
  rows: readonly ConsentRequest[],
  row: ConsentRequest,
  now: number,
): readonly ConsentRequest[] {
  const isKin = (one: ConsentRequest): boolean => one.place === row.place && one.confirms === row.confirms;
  const known = rows.find(isKin);
  const others = rows.filter((one) => !isKin(one) && (one.place === row.place || !isOver(one, now)));
  return orderedRequests([...others, known === undefined ? row : merged(known, row)]);
}

/** What was heard late waits as long for what is heard later still. */
function isOver({ at, until, telling }: ConsentRequest, now: number): boolean {
  return until <= now && telling.heardAt + (until - at) <= now;
}

function merged(a: ConsentRequest, b: ConsentRequest): ConsentRequest {
  const aIsLater = a.at !== b.at ? a.at > b.at : tellingText(a.telling) >= tellingText(b.telling);
  const [later, earlier] = aIsLater ? [a, b] : [b, a];
  if (later.confirms || earlier.until < later.from) return later;
  return { ...later, from: Math.min(a.from, b.from), until: Math.max(a.until, b.until) };
}

/** In the order of places, a request before a confirmation. */
export function orderedRequests(rows: readonly ConsentRequest[]): readonly ConsentRequest[] {
  if (rows.length === 0) return NO_REQUESTS;
  return [...rows].sort((a, b) => a.place - b.place || Number(a.confirms) - Number(b.confirms));
}
