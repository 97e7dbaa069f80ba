/** Bugs in how nodes of a deployment ask one another: routing, forwarding and what actors say to each other over nodes. */
import {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
  type PeerAnswer,
  type PeerQuestion,
} from '../../../cluster/peer-message.ts';
import type { NodeWires } from '../../../port/node-wires.ts';
import type { Mutant } from '../mutant.ts';

type Done = (answer: Uint8Array | undefined) => void;

const ACCEPTED = encodeAnswer({ kind: 'outcome', outcome: { kind: 'accepted' } });
/** Of questions that are decoded here; what is left of a deadline stays as it is. */
const NOW = 0;

/** Wires over which a question goes as `ask` says, which is given what it asks and how to ask it right. */
function bent(
  name: string,
  ask: (
    question: PeerQuestion,
    sent: Uint8Array,
    right: (sent: Uint8Array, done: Done) => void,
    done: Done,
  ) => void,
  others: Partial<Mutant> = {},
): Mutant {
  return {
    ...{ name, isDeployed: true, ...others },
    wires: (wires): NodeWires => ({
      ask: (address, sent, timeoutMs, done) => {
        const question = decodeQuestion(sent, NOW, () => {});
        const right = (bytes: Uint8Array, heard: Done): void => wires.ask(address, bytes, timeoutMs, heard);
        if (question === undefined) right(sent, done);
        else ask(question, sent, right, done);
      },
      close: () => wires.close(),
    }),
  };
}

function isOf(question: PeerQuestion, kind: string): question is PeerQuestion & { readonly op: 'request' } {
  return question.op === 'request' && question.request.kind === kind;
}

function kindOf(answer: Uint8Array | undefined, question: PeerQuestion): PeerAnswer['kind'] | undefined {
  return answer && decodeAnswer(answer, question)?.kind;
}

/** An event for a shard of another node is acknowledged as soon as it is on its way there. */
const forwardedIsDone = bent('forwarded and acknowledged', (question, sent, right, done) => {
  if (!isOf(question, 'event')) return right(sent, done);
  right(sent, () => {});
  done(ACCEPTED);
});

/** That a shard is served elsewhere is taken for the event's end. */
const elsewhereIsDone = bent('served elsewhere called done', (question, sent, right, done) =>
  right(sent, (answer) =>
    done(isOf(question, 'event') && kindOf(answer, question) === 'elsewhere' ? ACCEPTED : answer),
  ),
);

/** Of what was asked of a node that does not answer it is believed that it was done there. */
const lostIsDone = bent('lost question called done', (question, sent, right, done) =>
  right(sent, (answer) => done(isOf(question, 'event') && answer === undefined ? ACCEPTED : answer)),
);

/** Nobody is told that a question was lost with its connection. */
const neverTold = bent('lost question waited for without end', (_question, sent, right, done) =>
  right(sent, (answer) => {
    if (answer !== undefined) done(answer);
  }),
);

/** Of two decisions that are asked for over one wire each asker gets the other's. */
const swapped: Mutant = {
  name: 'answers of two questions swapped',
  isDeployed: true,
  wires: (wires) => {
    let kept: Uint8Array | undefined;
    return {
      ask: (address, sent, timeoutMs, done) => {
        const question = decodeQuestion(sent, NOW, () => {});
        wires.ask(address, sent, timeoutMs, (answer) => {
          const isKept =
            question !== undefined && isOf(question, 'decide') && kindOf(answer, question) === 'outcome';
          const other = kept;
          if (isKept) kept = answer;
          done(isKept ? (other ?? answer) : answer);
        });
      },
      close: () => wires.close(),
    };
  },
};

/** What is asked again, since its answer was lost, is asked as something new. */
const askedAsNew: Mutant = {
  name: 'asked again under another id',
  isDeployed: true,
  wires: (wires) => {
    const sentBefore = new Set<string>();
    return {
      ask: (address, sent, timeoutMs, done) => {
        const question = decodeQuestion(sent, NOW, () => {});
        if (question === undefined || !isOf(question, 'event') || question.request.kind !== 'event')
          return wires.ask(address, sent, timeoutMs, done);
        const { request } = question;
        const { input } = request;
        const again = { ...input, id: `${input.id} again`, idHash: 0 };
        const isAgain = sentBefore.has(input.id);
        sentBefore.add(input.id);
        const bytes = isAgain
          ? encodeQuestion({ ...question, request: { ...request, input: again } }, NOW)
          : sent;
        wires.ask(address, bytes, timeoutMs, done);
      },
      close: () => wires.close(),
    };
  },
};

/** A node keeps what another one answered of a customer, and answers from that the next time. */
const readsKept: Mutant = {
  name: 'answer of another node kept for the next read',
  isDeployed: true,
  wires: (wires) => {
    const kept = new Map<string, Uint8Array>();
    return {
      ask: (address, sent, timeoutMs, done) => {
        const question = decodeQuestion(sent, NOW, () => {});
        if (question === undefined || !isOf(question, 'read'))
          return wires.ask(address, sent, timeoutMs, done);
        const { id } = question.request.to;
        const known = kept.get(id);
        if (known !== undefined) return done(known);
        wires.ask(address, sent, timeoutMs, (answer) => {
          if (answer !== undefined && kindOf(answer, question) === 'outcome') kept.set(id, answer);
          done(answer);
        });
      },
      close: () => wires.close(),
    };
  },
};

/** Somebody who comes back after an Unlink, at another node, is told so once, which is lost, and believed to have heard it. */
const toldOnce = bent(
  'parting told once only',
  (question, sent, right, done) => {
    if (isOf(question, 'restore')) done(ACCEPTED);
    else right(sent, done);
  },
  { shape: { link: 3, unlink: 5 } },
);

/** Who is to be forgotten at another node is not, and the answer says that nobody was known. */
const forgottenHereOnly = bent(
  'erasure that ends at its node',
  (question, sent, right, done) => {
    if (!isOf(question, 'forget')) return right(sent, done);
    const { shard } = question;
    const outcome = { kind: 'forgotten', shard, generation: 1, seq: 1, channels: 0, isNobody: true } as const;
    done(encodeAnswer({ kind: 'outcome', outcome }));
  },
  { shape: { erase: 3 } },
);

/** An audience is listed without its members at other nodes. */
const ownMembersOnly = bent('audience of one node', (question, sent, right, done) => {
  if (question.op !== 'members') return right(sent, done);
  done(encodeAnswer({ kind: 'members', found: { kind: 'found', ids: [], hasMore: false } }));
});

export const QUESTION_MUTANTS: readonly Mutant[] = [
  forwardedIsDone,
  elsewhereIsDone,
  lostIsDone,
  neverTold,
  swapped,
  askedAsNew,
  readsKept,
  toldOnce,
  forgottenHereOnly,
  ownMembersOnly,
];
