/** What the rules of the test kit are made of. */
import type { ChannelAnswer, Kit } from './kit.ts';
import type { KitStream } from './kit-server.ts';

export type Judgement =
  | { readonly outcome: 'right' }
  /** `found`: a sentence with what it did instead. */
  | { readonly outcome: 'wrong'; readonly found: string }
  /** `found`: why it could not be seen. */
  | { readonly outcome: 'untested'; readonly found: string };

export interface KitRule {
  readonly id: string;
  /** What is right. */
  readonly title: string;
  readonly judge: (kit: Kit) => Promise<Judgement>;
}

export const RIGHT: Judgement = { outcome: 'right' };
const RECONNECTS_PER_SECOND_MAX = 5;
const GONE = wrong('it has no open stream that began with a Hello');

export function wrong(found: string): Judgement {
  return { outcome: 'wrong', found };
}

export function untested(found: string): Judgement {
  return { outcome: 'untested', found };
}

/** Of what came twice: it is answered twice, and the same. */
export function answeredAgain(
  first: ChannelAnswer | undefined,
  second: ChannelAnswer | undefined,
): Judgement {
  if (first === undefined || second === undefined) return wrong('it did not answer the repetition');
  return second.kind === first.kind ? RIGHT : wrong(`it ${first.kind} it, and ${second.kind} it then`);
}

/** Judges on an open stream that has said hello; without one the rule is broken. */
export function onStream(judge: (kit: Kit, stream: KitStream) => Promise<Judgement>): KitRule['judge'] {
  return async (kit) => {
    const stream = await kit.stream();
    return stream === undefined ? GONE : judge(kit, stream);
  };
}

/** Drops the stream, and looks how the channel system comes back: its next stream, or what it did instead. */
export async function reconnected(kit: Kit, stream: KitStream): Promise<KitStream | Judgement> {
  const before = kit.server.streams.length;
  stream.drop();
  const next = await kit.stream();
  if (next === undefined) return wrong('it did not connect again');
  await passed(1_000);
  const opened = kit.server.streams.length - before;
  return opened > RECONNECTS_PER_SECOND_MAX ? wrong(`it connected ${opened} times in a second`) : next;
}

export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
