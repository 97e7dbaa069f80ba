/** Both ends of a link, and what its users see of it. */
import { expect, test } from 'vitest';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { INTERVALS, LIMITS } from '../config/limits.ts';
import { AnsweringLink } from './answering-link.ts';
import { AskingLink, type LinkQuestion } from './asking-link.ts';
import type { DownMessage, UpMessage } from './link-message.ts';
import type { PeerAnswer } from './peer-message.ts';

interface Asked {
  readonly question: LinkQuestion;
  readonly timeoutMs: number;
  readonly done: (answer: PeerAnswer | undefined) => void;
}

/** An asking end, whose questions a test answers. */
function asking() {
  const asked: Asked[] = [];
  const heard: DownMessage[] = [];
  let broken = 0;
  const link = new AskingLink({
    ...{ from: 'a', epoch: 1, clock: new VirtualClock(0, (fn) => fn()) },
    ask: (question, timeoutMs, done) => void asked.push({ question, timeoutMs, done }),
    heard: (messages) => void heard.push(...messages),
    broken: () => void broken++,
  });
  return { link, asked, heard, broken: () => broken };
}

function answering() {
  const clock = new VirtualClock(0, (fn) => fn());
  const heard: UpMessage[] = [];
  let over = 0;
  const link = new AnsweringLink({
    ...{ epoch: 1, clock },
    heard: (messages) => void heard.push(...messages),
    over: () => void over++,
  });
  const answers: (readonly DownMessage[] | undefined)[] = [];
  const ended: number[] = [];
  const take = (at: number, ...up: UpMessage[]): boolean =>
    link.take({ at, up }, (down) => {
      if (down === undefined) ended.push(at);
      else answers[at] = down;
    });
  return { link, clock, heard, answers, ended, take, over: () => over };
}

const watch = (id: string): UpMessage => ({ kind: 'watch', id });
const short = (count: number): DownMessage => ({ kind: 'short', session: 1, count });

test('one question waits, a second one carries what is to be said, and a third waits for an answer', () => {
  const { link, asked } = asking();
  link.send(watch('x'));
  link.send(watch('y'));
  link.send(watch('z'));
  expect(asked.map(({ question }) => question.up.length)).toEqual([0, 1]);
  asked[0]?.done({ kind: 'link', down: [] });
  expect(asked.map(({ question }) => question.up)).toEqual([[], [watch('x')], [watch('y'), watch('z')]]);
});

test('answers that overtake each other are heard in the order of their questions', () => {
  const { link, asked, heard } = asking();
  link.send(watch('x'));
  asked[1]?.done({ kind: 'link', down: [short(2)] });
  expect(heard).toEqual([]);
  asked[0]?.done({ kind: 'link', down: [short(1)] });
  expect(heard).toEqual([short(1), short(2)]);
  expect(asked).toHaveLength(3);
});

test.each([
  ['is lost', undefined],
  ['says that nothing is known of it', { kind: 'broken' }],
  ['is of a node that knows no links', { kind: 'elsewhere' }],
] as const)('a link is broken, once, when an answer %s; what comes later is not heard', (_, answer) => {
  const { link, asked, heard, broken } = asking();
  link.send(watch('x'));
  expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([INTERVALS.linkAskMs, INTERVALS.linkAskMs]);
  asked[0]?.done(answer);
  asked[1]?.done({ kind: 'link', down: [short(2)] });
  link.send(watch('y'));
  expect([broken(), heard.length, asked.length]).toEqual([1, 0, 2]);
});

test('questions that overtake each other are handled in order, once', () => {
  const { heard, take } = answering();
  expect(take(2, watch('y'))).toBe(true);
  expect(heard).toEqual([]);
  expect(take(1, watch('x'))).toBe(true);
  expect(heard).toEqual([watch('x'), watch('y')]);
  expect([take(1, watch('x')), heard.length]).toEqual([false, 2]);
});

test('a question is answered when there is something to say, when the next one comes, or after a while', () => {
  const { link, clock, answers, take } = answering();
  take(1);
  expect(answers[1]).toBeUndefined();
  take(2);
  expect(answers.slice(1)).toEqual([[]]);
  link.say(short(1));
  expect(answers[2]).toEqual([short(1)]);
  link.say(short(2));
  take(3);
  expect(answers[3]).toEqual([short(2)]);
  take(4);
  clock.advanceTo(INTERVALS.linkHoldMs - 1);
  expect(answers[4]).toBeUndefined();
  clock.advanceTo(INTERVALS.linkHoldMs);
  expect(answers[4]).toEqual([]);
});

test('a link over which nothing is asked for long is over, and whoever waits hears it', () => {
  const { clock, take, over, ended } = answering();
  take(1);
  take(3);
  clock.advanceTo(INTERVALS.linkLapseMs - 1);
  expect(over()).toBe(0);
  clock.advanceTo(INTERVALS.linkLapseMs);
  expect([over(), ended, take(2)]).toEqual([1, [3], false]);
});

test('so much waits to be said over a link, and with one more it is over', () => {
  const { link, over } = answering();
  for (let count = 0; count < LIMITS.linkWaitingMax; count++) link.say(short(count));
  expect([link.waiting, over()]).toEqual([LIMITS.linkWaitingMax, 0]);
  link.say(short(0));
  expect(over()).toBe(1);
});

test('an answer holds so many bytes, and the rest goes with the next; what is larger goes alone', () => {
  const { link, answers, take } = answering();
  const changed = (bytes: number): DownMessage => ({
    ...{ kind: 'changed', id: 'x', causes: [] },
    profile: new Uint8Array(bytes),
  });
  const third = Math.floor(LIMITS.linkAnswerBytes / 3) - 256;
  for (const bytes of [third, third, third, 1, LIMITS.linkAnswerBytes * 2, 1]) link.say(changed(bytes));
  for (let at = 1; at <= 4; at++) take(at);
  expect(answers.slice(1).map((down) => down?.length)).toEqual([3, 1, 1, 1]);
});
