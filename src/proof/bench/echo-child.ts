import { DECIDE, type DecideBodies } from './decide-bodies.ts';
import { feed } from './feed.ts';
import { type MeasuredChild, startChild } from './measured-child.ts';
import { median } from './summary.ts';

const ASKED = 200;

/** Starts the echo, whose reply is one that this service gives, of the median size. */
export async function startEcho(
  service: MeasuredChild,
  bodies: DecideBodies,
  core: number | undefined,
): Promise<MeasuredChild> {
  return startEchoOf(await sampleReplies(service, bodies), core);
}

/** The same with replies at hand. */
export function startEchoOf(replies: readonly Buffer[], core: number | undefined): Promise<MeasuredChild> {
  return startChild({
    script: new URL('./echo-server.ts', import.meta.url),
    args: [typical(replies).toString('base64url')],
    nodeFlags: [],
    core,
    portPattern: /listening on 127\.0\.0\.1:(\d+)/,
  });
}

/** A reply of the median size. */
export function typical(replies: readonly Buffer[]): Buffer {
  const middle = median(replies.map((reply) => reply.length));
  return replies.find((reply) => reply.length >= middle) as Buffer;
}

/** The replies to some Decide calls, as they came. */
export async function sampleReplies(service: MeasuredChild, bodies: DecideBodies): Promise<Buffer[]> {
  const replies: Buffer[] = [];
  const requests = Array.from({ length: ASKED }, (_, i) => Buffer.from(bodies.unary(i)));
  await feed({
    port: service.port,
    path: DECIDE,
    bodies: requests,
    inFlight: 8,
    seen: (bytes, start, end) => replies.push(Buffer.from(bytes.subarray(start, end))),
  });
  return replies;
}
