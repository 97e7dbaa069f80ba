const STATIC_ENTRIES = 61;

export type Headers = readonly (readonly [string, string])[];

/** Headers as HPACK literals (RFC 7541) that leave the peer's table as it is: the same bytes serve on any connection. */
export function literals(headers: Headers): Buffer {
  return Buffer.concat(headers.map(([name, value]) => Buffer.concat([byte(0x00), text(name), text(value)])));
}

/** One header that enters the peer's table as its newest entry. */
export function indexedLiteral(name: string, value: string): Buffer {
  return Buffer.concat([byte(0x40), text(name), text(value)]);
}

/** `count` references of a byte each to the newest entry of the peer's table. */
export function newestEntry(count: number): Buffer {
  return Buffer.alloc(count, 0x80 | (STATIC_ENTRIES + 1));
}

/** What every call of gRPC carries. */
export function callHeaders(path: string, further: Headers = []): Headers {
  return [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', '127.0.0.1'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...further,
  ];
}

function byte(value: number): Buffer {
  return Buffer.from([value]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([length(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits. */
function length(value: number): Buffer {
  if (value < 127) return byte(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
