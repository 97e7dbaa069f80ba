/** What one message of a stream may hold: the service ends a stream that sends more. */
export const ENTRIES_MAX = 100;
const BYTES_MAX = 1 << 20;

const BYTES_FIELD = 2;

/**
 * Encoded requests as messages of a stream, in their order: those that go together as the entries (field number
 * `entriesField`, below 16) of one message with at most 100 of them and 1 MiB in all, and one that is alone as it is.
 */
export function streamMessages(requests: readonly Buffer[], entriesField: number): Buffer[] {
  const messages: Buffer[] = [];
  for (let from = 0; from < requests.length; ) {
    let to = from;
    let length = 0;
    while (to < requests.length && to - from < ENTRIES_MAX) {
      const longer = length + entryLength(requests[to] as Buffer);
      if (to > from && longer > BYTES_MAX) break;
      length = longer;
      to++;
    }
    messages.push(
      to - from === 1 ? (requests[from] as Buffer) : joined(requests.slice(from, to), entriesField, length),
    );
    from = to;
  }
  return messages;
}

/** Bytes that an encoded message takes as an entry. */
export function entryLength({ length }: Buffer): number {
  let bytes = 2 + length;
  for (let rest = length; rest > 0x7f; rest >>>= 7) bytes++;
  return bytes;
}

/** A message whose field `entriesField` (below 16) holds these, which take `length` bytes as entries. */
export function joined(requests: readonly Buffer[], entriesField: number, length: number): Buffer {
  const message = Buffer.allocUnsafe(length);
  let at = 0;
  for (const request of requests) {
    message[at++] = (entriesField << 3) | BYTES_FIELD;
    let rest = request.length;
    for (; rest > 0x7f; rest >>>= 7) message[at++] = (rest & 0x7f) | 0x80;
    message[at++] = rest;
    at += request.copy(message, at);
  }
  return message;
}
