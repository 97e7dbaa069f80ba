/**
 * What a channel system of an ad platform must do with changes of audiences, each rule with the way in which the kit tries it. In the order
 * in which they are tried. Who is in an audience is no message of the contract: for that the kit asks a command of the channel system's.
 */
import { AudienceOp } from '../../gen/attune/v1/channel_pb.ts';
import { AudienceRun } from './audience-run.ts';
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

interface AudienceRule {
  readonly id: string;
  readonly title: string;
  readonly judge: (run: AudienceRun, stream: KitStream, kit: Kit) => Promise<Judgement>;
}

const { ADD, REMOVE } = AudienceOp;
const BURST = 20;
/** Of a membership that ends while the kit looks on. */
const SHORT_MS = 300;

export const AUDIENCE_RULES: readonly AudienceRule[] = [
  {
    id: 'enters',
    title: 'That a customer is in an audience is accepted',
    judge: async (run, stream) => {
      const answer = await run.answer(run.change(stream, 'enters', ADD));
      if (answer?.kind === 'accepted') return RIGHT;
      const why = answer?.reason ? `: ${answer.reason}` : '';
      return wrong(answer === undefined ? 'it did not answer' : `it ${answer.kind} it${why}`);
    },
  },
  {
    id: 'again',
    title: 'A change that comes again is answered again, and the same',
    judge: async (run, stream) => {
      const change = run.change(stream, 'again', ADD);
      const first = await run.answer(change);
      run.send(stream, change, 2);
      const second = await run.answer(change, 2);
      return answeredAgain(first, second);
    },
  },
  {
    id: 'overtaken',
    title: 'A change that comes behind a later one of its customer is answered too',
    judge: async (run, stream) => {
      for (const change of run.overtaken(stream, 'overtaken', ADD, REMOVE))
        if ((await run.answer(change)) === undefined)
          return wrong(`it did not answer the ${change.op === ADD ? 'older' : 'later'} one`);
      return RIGHT;
    },
  },
  {
    id: 'leaves-unknown',
    title: 'That somebody is out who never was in is answered',
    judge: async (run, stream) => answered(await run.answer(run.change(stream, 'nobody', REMOVE))),
  },
  {
    id: 'changes-at-once',
    title: 'As many changes at once as its Hello has credits for, 20 at most, are all answered',
    judge: async (run, stream, kit) => {
      const count = Math.min(BURST, kit.helloOf(stream)?.credits ?? 1);
      const sent = Array.from({ length: count }, (_, n) => run.change(stream, `at-once-${n}`, ADD));
      const answers = await Promise.all(sent.map((change) => run.answer(change)));
      const missing = answers.filter((answer) => answer === undefined).length;
      return missing === 0 ? RIGHT : wrong(`it did not answer ${missing} of ${count} changes`);
    },
  },
  {
    id: 'messages',
    title: 'A message to be sent, which it may refuse, disturbs nothing',
    judge: async (run, stream, kit) => {
      kit.deliver(stream);
      return goesOn(run, stream);
    },
  },
  {
    id: 'quiet',
    title: 'A silent stream stays open',
    judge: async (run, stream, kit) => {
      await run.answer(run.change(stream, 'quiet', ADD));
      await passed(kit.waitMs);
      return stream.isOpen ? goesOn(run, stream) : wrong('it closed the stream');
    },
  },
  {
    id: 'forgets',
    title: 'That a customer is to be forgotten is answered with Erased',
    judge: async (run, stream) => {
      await run.answer(run.change(stream, 'forgotten', ADD));
      return (await run.erase(stream, 'forgotten')) ? RIGHT : wrong('it did not answer');
    },
  },
  {
    id: 'lost-connection',
    title: 'After a lost connection it connects again, without haste, and answers what comes again',
    judge: async (run, stream, kit) => {
      const change = run.change(stream, 'dropped', ADD);
      const first = await run.answer(change);
      const next = await reconnected(kit, stream);
      if ('outcome' in next) return next;
      run.send(next, change, 2);
      return answered(await run.answer(change, first === undefined ? 1 : 2));
    },
  },
  {
    id: 'highest-version',
    title: 'Whatever came when, in the audience is who the highest versions say, until their end',
    judge: async (run, stream, kit) => {
      const { members } = kit.settings;
      if (members === undefined) return untested('no --members prints who is in the audience');
      const sent = [
        ...run.overtaken(stream, 'left', ADD, REMOVE),
        ...run.overtaken(stream, 'back', REMOVE, ADD),
        run.change(stream, 'stays', ADD),
        run.change(stream, 'ended', ADD, { validMs: SHORT_MS }),
      ];
      for (const change of sent) await run.answer(change);
      await passed(SHORT_MS);
      return told(run, await members());
    },
  },
];

/** The rules, for one run. */
export function audienceRules(kit: Kit): readonly KitRule[] {
  const run = new AudienceRun(kit);
  return AUDIENCE_RULES.map(({ id, title, judge }) => ({
    ...{ id, title },
    judge: onStream((_, stream) => judge(run, stream, kit)),
  }));
}

function answered(answer: ChannelAnswer | undefined): Judgement {
  return answer === undefined ? wrong('it did not answer') : RIGHT;
}

/** An ordinary change is answered, on the same stream. */
async function goesOn(run: AudienceRun, stream: KitStream): Promise<Judgement> {
  if (stream.isOpen) {
    const answer = await run.answer(run.change(stream, 'goes-on', ADD));
    if (answer !== undefined && answer.stream === stream.number) return RIGHT;
  }
  return wrong(stream.isOpen ? 'it answered the next change no more' : 'it closed the stream');
}

/** Who must be in the audience, and who must not, with why. */
const IN = { back: 'entered with a version above that of the leaving', stays: 'entered' };
const OUT = {
  left: 'left with a version above that of the entry',
  ended: 'was in it until a time that has passed',
  forgotten: 'was to be forgotten',
};

function told(run: AudienceRun, printed: string): Judgement {
  const isIn = (name: string): boolean => printed.includes(run.keyOf(name));
  const faults = [
    ...Object.entries(IN).flatMap(([name, why]) => (isIn(name) ? [] : [`who ${why} is not in it`])),
    ...Object.entries(OUT).flatMap(([name, why]) => (isIn(name) ? [`who ${why} is in it`] : [])),
  ];
  return faults.length === 0 ? RIGHT : wrong(faults.join('; '));
}
