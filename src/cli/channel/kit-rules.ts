/** What a channel system must do, each rule with the way in which the kit tries it. In the order in which they are tried. */
import { type Feedback, FeedbackStatus } from '../../gen/attune/v1/channel_pb.ts';
import {
  answeredAgain,
  type Judgement,
  type KitRule,
  onStream,
  passed,
  RIGHT,
  reconnected,
  untested,
  wrong,
} from './judgement.ts';
import type { ChannelAnswer, Kit } from './kit.ts';
import type { KitStream } from './kit-server.ts';

const BURST = 20;
const RETRY_MS = 200;
/** A timer may fire so much early. */
const TIMER_SLACK_MS = 20;

export const HELLO: KitRule = {
  id: 'hello',
  title: 'The first message of a stream is a Hello that names the channel and 1 to 1,000 credits',
  judge: onStream(async (kit, stream) => {
    const hello = kit.helloOf(stream);
    if (hello?.channel !== kit.settings.channel)
      return wrong(`its Hello names ${JSON.stringify(hello?.channel)}, not "${kit.settings.channel}"`);
    return hello.credits >= 1 && hello.credits <= 1_000 ? RIGHT : wrong(`it has ${hello.credits} credits`);
  }),
};

export const CONTRACT: KitRule = {
  id: 'contract',
  title: 'All that it sends keeps the contract, and names dispatches that it was given',
  judge: async (kit) => {
    const strange = kit.server.heard.flatMap(({ message }) =>
      message.case === 'accepted' || message.case === 'rejected' ? [message.value.dispatchId] : [],
    );
    const unknown = strange.find((id) => !kit.dispatchIds.includes(id));
    const faults = [
      ...kit.server.faults,
      ...(unknown === undefined ? [] : [`it answered ${JSON.stringify(unknown)}, which it was not given`]),
    ];
    return faults.length === 0 ? RIGHT : wrong(faults.join(' '));
  },
};

export const KIT_RULES: readonly KitRule[] = [
  HELLO,
  {
    id: 'accepts',
    title: 'A delivery is accepted',
    judge: onStream(async (kit, stream) => accepted(await kit.answer(kit.deliver(stream)))),
  },
  {
    id: 'repeats',
    title: 'A delivery that comes again, later, gets the same answer again',
    judge: onStream(async (kit, stream) => {
      const id = kit.deliver(stream);
      const first = await kit.answer(id);
      kit.deliverAgain(stream, id, 2);
      const second = await kit.answer(id, 2);
      return answeredAgain(first, second);
    }),
  },
  {
    id: 'reorders',
    title: 'Attempts of one delivery may come at once and in any order',
    judge: onStream(async (kit, stream) => {
      const id = kit.deliver(stream, { attempt: 2 });
      kit.deliverAgain(stream, id, 1);
      return accepted(await kit.answer(id));
    }),
  },
  {
    id: 'burst',
    title: 'As many deliveries at once as its Hello has credits for, 20 at most, are all answered',
    judge: onStream(async (kit, stream) => {
      const count = Math.min(BURST, kit.helloOf(stream)?.credits ?? 1);
      const ids = Array.from({ length: count }, () => kit.deliver(stream));
      const answers = await Promise.all(ids.map((id) => kit.answer(id)));
      const missing = answers.filter((answer) => answer === undefined).length;
      return missing === 0 ? RIGHT : wrong(`it did not answer ${missing} of ${count} deliveries`);
    }),
  },
  {
    id: 'withdraws',
    title: 'A withdrawal is answered with Withdrawn: stopped, or too late',
    judge: onStream(async (kit, stream) => {
      const id = kit.deliver(stream);
      kit.withdraw(stream, id);
      const answer = await withdrawn(kit, id);
      return answer === undefined ? wrong('it did not answer the withdrawal') : RIGHT;
    }),
  },
  {
    id: 'withdraws-unknown',
    title: 'A withdrawal of what it never had disturbs nothing',
    judge: onStream(async (kit, stream) => {
      kit.withdraw(stream, 'kit-of-another-process');
      return goesOn(kit, stream);
    }),
  },
  {
    id: 'expired',
    title: 'A delivery whose not_after has passed is rejected',
    judge: onStream(async (kit, stream) => {
      const answer = await kit.answer(kit.deliver(stream, { validMs: -1_000 }));
      if (answer?.kind === 'rejected') return RIGHT;
      return wrong(answer === undefined ? 'it did not answer' : `it ${answer.kind} it`);
    }),
  },
  {
    id: 'unknown-messages',
    title: 'A message that it has no use for (a change of an audience) disturbs nothing',
    judge: onStream(async (kit, stream) => {
      kit.changeAudience(stream);
      return goesOn(kit, stream);
    }),
  },
  {
    id: 'silence',
    title: 'A silent stream stays open',
    judge: onStream(async (kit, stream) => {
      await passed(kit.waitMs);
      return stream.isOpen ? goesOn(kit, stream) : wrong('it closed the stream');
    }),
  },
  {
    id: 'feedback-retry',
    title: 'A feedback that is answered RETRY is sent again with the same id, after the time that was named',
    judge: onStream(async (kit, stream) => {
      const seen = await feedbackWith(kit, stream, ({ id }) => ({
        ...{ id, status: FeedbackStatus.RETRY },
        retryAfter: { nanos: RETRY_MS * 1_000_000 },
      }));
      if (seen === undefined) return NO_FEEDBACK;
      const again = await sentAgain(kit, seen.value.id, 2);
      if (again === undefined) return wrong('it did not send it again');
      const waited = again.at - seen.at;
      return waited >= RETRY_MS - TIMER_SLACK_MS ? RIGHT : wrong(`it sent it again after ${waited} ms`);
    }),
  },
  {
    id: 'drops',
    title: 'After a lost connection it connects again, without haste, and answers what is delivered again',
    judge: onStream(async (kit, stream) => {
      const id = kit.deliver(stream);
      const first = await kit.answer(id);
      const next = await reconnected(kit, stream);
      if ('outcome' in next) return next;
      kit.deliverAgain(next, id, 2);
      const again = await kit.answer(id, first === undefined ? 1 : 2);
      return again === undefined ? wrong('it did not answer what was delivered again') : RIGHT;
    }),
  },
  {
    id: 'feedback-kept',
    title: 'A feedback whose result was lost with the connection is sent again with the same id',
    judge: onStream(async (kit, stream) => {
      const seen = await feedbackWith(kit, stream, () => undefined);
      if (seen === undefined) return NO_FEEDBACK;
      stream.drop();
      const again = await sentAgain(kit, seen.value.id, 2);
      return again === undefined ? wrong('it did not send it again') : RIGHT;
    }),
  },
  {
    id: 'once',
    title: 'However often a dispatch is delivered, it is sent once',
    judge: async (kit) => {
      await passed(kit.waitMs);
      const sent = kit.dispatchIds.map((id) => kit.effectsOf(id).size);
      if (sent.every((times) => times === 0)) return NO_EFFECTS;
      const doubled = sent.filter((times) => times > 1).length;
      return doubled === 0 ? RIGHT : wrong(`it sent ${doubled} of ${sent.length} dispatches more than once`);
    },
  },
  {
    id: 'stopped',
    title: 'What it said to have stopped, or rejected, is not sent',
    judge: async (kit) => {
      const stopped = kit.dispatchIds.filter((id) => isStopped(kit, id));
      if (stopped.length === 0) return untested('it stopped and rejected nothing');
      if (kit.dispatchIds.every((id) => kit.effectsOf(id).size === 0)) return NO_EFFECTS;
      const sent = stopped.filter((id) => kit.effectsOf(id).size > 0).length;
      return sent === 0 ? RIGHT : wrong(`it sent ${sent} of ${stopped.length} such dispatches`);
    },
  },
  CONTRACT,
];

const NO_EFFECTS = untested('it told of no message that went out (feedback of kind DELIVERED)');
const NO_FEEDBACK = untested('it sent no feedback of a message that it had accepted');

function accepted(answer: ChannelAnswer | undefined): Judgement {
  if (answer === undefined) return wrong('it did not answer');
  if (answer.kind === 'accepted') return RIGHT;
  const why = answer.reason === '' ? '' : `: ${answer.reason}`;
  return wrong(`it ${answer.kind} it${why}; name somebody whom it can reach with --id`);
}

/** An ordinary delivery is answered, on the same stream. */
async function goesOn(kit: Kit, stream: KitStream): Promise<Judgement> {
  if (stream.isOpen) {
    const answer = await kit.answer(kit.deliver(stream));
    if (answer !== undefined && answer.stream === stream.number) return RIGHT;
  }
  return wrong(stream.isOpen ? 'it answered the next delivery no more' : 'it closed the stream');
}

function withdrawn(kit: Kit, dispatchId: string): Promise<ChannelAnswer | undefined> {
  return kit.server.until(
    () => kit.answersTo(dispatchId).find(({ kind }) => kind === 'withdrawn'),
    kit.waitMs,
  );
}

/** Its last word of a dispatch. */
function isStopped(kit: Kit, dispatchId: string): boolean {
  const last = kit.answersTo(dispatchId).at(-1);
  return last !== undefined && !last.isRetryable && !last.isTooLate && last.kind !== 'accepted';
}

/** The first feedback that comes once something new is delivered; it is answered so. */
async function feedbackWith(
  kit: Kit,
  stream: KitStream,
  answer: NonNullable<Kit['server']['onFeedback']>,
): Promise<Kit['feedback'][number] | undefined> {
  const before = kit.feedback.length;
  let first: Feedback | undefined;
  kit.server.onFeedback = (feedback) => {
    first ??= feedback;
    // The rest, and the same one again, is taken.
    const isFirst = kit.feedback.filter(({ value }) => value.id === feedback.id).length <= 1;
    return feedback.id === first.id && isFirst
      ? answer(feedback)
      : { id: feedback.id, status: FeedbackStatus.ACCEPTED };
  };
  kit.deliver(stream);
  const seen = await kit.server.until(
    () => kit.feedback.slice(before).find(({ value }) => value.id === first?.id),
    kit.waitMs,
  );
  if (seen === undefined) kit.server.onFeedback = undefined;
  return seen;
}

function sentAgain(kit: Kit, id: string, times: number) {
  const found = kit.server.until(
    () => kit.feedback.filter(({ value }) => value.id === id)[times - 1],
    kit.waitMs,
  );
  return found.finally(() => {
    kit.server.onFeedback = undefined;
  });
}
