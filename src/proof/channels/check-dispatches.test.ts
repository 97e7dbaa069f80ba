import { expect, test } from 'vitest';
import { sampleDecision } from '../../codec/stored/sample-values.fixture.ts';
import { channelIndex } from '../../core/channel.ts';
import type { ChoiceRef, CustomerFact, DeliveryState } from '../../core/fact/fact.ts';
import { reasonCode } from '../../core/reason.ts';
import { judgeDispatches } from './check-dispatches.ts';
import { DispatchEnds } from './dispatch-ends.ts';
import { SentMessages } from './sent-messages.ts';

const [choice] = sampleDecision().choices;
const { customer } = sampleDecision();
const ref: ChoiceRef = { seq: 1, index: 0, choice: 0 };
const NAME = '0/1/0/0';
const ID = '1-0-1-0-0';

/** What is wrong with a log of a dispatch on `channel` and what follows, an outbox, and what a channel system did. */
function judged(
  channel: string,
  facts: readonly CustomerFact[],
  outbox: readonly string[] = [],
  sent = new SentMessages(),
): readonly string[] {
  if (choice === undefined) throw new Error('the sample has no choice');
  const ends = new DispatchEnds();
  const treatment = { ...choice, kind: 'treatment' as const, channel: channelIndex(channel) };
  ends.fact(
    { shard: 0, sequence: 1, index: 0 },
    { ...sampleDecision(), dispatch: true, choices: [treatment] },
  );
  for (const [i, fact] of facts.entries()) ends.fact({ shard: 0, sequence: i + 2, index: 0 }, fact);
  const { lost, doubled } = judgeDispatches(ends, new Set(outbox), sent);
  return [...lost, ...doubled];
}

function delivery(state: DeliveryState, retryable = false): CustomerFact {
  return { kind: 'delivery', customer, ref, state, retryable, retryAt: 0, reason: '', at: 9 };
}

const accepted = delivery('accepted');

function channelThat(did: (sent: SentMessages) => void): SentMessages {
  const sent = new SentMessages();
  did(sent);
  return sent;
}

test('a dispatch that is accepted, lapsed, withdrawn with a reason or in the outbox is where it may be', () => {
  const withdrawn: CustomerFact = { kind: 'withdraw', customer, ref, reason: reasonCode('ORDERED'), at: 9 };
  for (const end of [accepted, delivery('rejected'), delivery('expired'), withdrawn])
    expect(judged('app', [end])).toEqual([]);
  expect(judged('email', [delivery('rejected', true)], [NAME])).toEqual([]);
});

test.for([
  ['is open in the log and not in the outbox', 'email', [], []],
  ['is accepted in the log and still in the outbox', 'email', [accepted], [NAME]],
  ['is open although its channel works', 'app', [], [NAME]],
  ['is in the outbox and not in the log', 'app', [accepted], ['0/7/0/0']],
  ['was accepted 2 times', 'app', [accepted, accepted], []],
  [
    'was withdrawn without a reason',
    'app',
    [{ kind: 'withdraw', customer, ref, reason: 0, at: 9 } as CustomerFact],
    [],
  ],
] as const)('a dispatch that %s is told', ([told, channel, facts, outbox]) => {
  expect(judged(channel, facts, outbox)).toEqual([expect.stringContaining(told)]);
});

test.for([
  [
    'no decision to send it',
    accepted,
    (sent: SentMessages) => sent.arrivals.push({ dispatchId: '1-0-9-0-0', attempt: 1 }),
  ],
  [
    'attempt 2 is not in the log',
    accepted,
    (sent: SentMessages) => sent.arrivals.push({ dispatchId: ID, attempt: 2 }),
  ],
  [
    'counts as never handed over',
    delivery('expired'),
    (sent: SentMessages) => sent.arrivals.push({ dispatchId: ID, attempt: 1 }),
  ],
  ['no acceptance is in the log', delivery('rejected'), (sent: SentMessages) => sent.sent(ID)],
] as const)('a channel system that was handed something of which %s is told', ([told, end, did]) => {
  expect(
    judged(
      'app',
      [end],
      [],
      channelThat((sent) => void did(sent)),
    ),
  ).toEqual([expect.stringContaining(told)]);
});

test('a message that goes out twice is told', () => {
  const sent = channelThat((all) => {
    for (let n = 0; n < 2; n++) all.sent(ID);
  });
  expect(judged('app', [accepted], [], sent)).toEqual([expect.stringContaining('went out more than once')]);
});
