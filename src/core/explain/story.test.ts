import { describe, expect, test } from 'vitest';
import { HOUR_MS } from '../../base/clock.ts';
import { channelIndex } from '../channel.ts';
import type { Choice, CustomerFact, DeliveryState, FeedbackKind } from '../fact/fact.ts';
import { REASONS, type Reason } from '../reason.ts';
import { type ChoiceStory, type Happened, storyOf } from './story.ts';

const AT = Date.parse('2026-03-02T12:00:00Z');
const REF = { seq: 7, index: 1, choice: 0 };
const mail = { kind: 'treatment', action: 'news', channel: channelIndex('email'), product: 'coat' } as Choice;
const plan = { ...mail, kind: 'later' } as Choice;

function told(choice: Choice, ...facts: readonly object[]): ChoiceStory {
  const since: Happened[] = facts.map((fact, n) => ({
    place: { shard: 3, seq: 8 + n, index: 0 },
    fact: fact as CustomerFact,
  }));
  return storyOf(choice, { ...REF, shard: 3 }, since, 60);
}

const delivery = (state: DeliveryState, more: object = {}) => ({
  ...{ kind: 'delivery', ref: REF, state, retryable: false, reason: '', at: AT, ...more },
});
const feedback = (kind: FeedbackKind, more: object = {}) => ({
  ...{ kind: 'feedback', ref: REF, feedback: kind, machine: false, at: AT, ...more },
});
const withdraw = (reason: Reason, more: object = {}) => ({
  ...{ kind: 'withdraw', ref: REF, reason: REASONS.indexOf(reason), at: AT, ...more },
});

describe('the story of a message', () => {
  test.each([
    [
      ...['a refusal, with the words of the channel', delivery('rejected', { reason: 'no such mailbox' })],
      ...['DISPATCH_REJECTED', 'email refused it on 2026-03-02 13:00: no such mailbox'],
    ],
    [
      'a lapse',
      delivery('expired'),
      'EXPIRED',
      'it lapsed before a channel system took it on 2026-03-02 13:00',
    ],
    [
      ...['a withdrawal', withdraw('ORDERED'), 'ORDERED'],
      'it was withdrawn on 2026-03-02 13:00, because the customer bought, and nothing was left in the cart',
    ],
    [
      ...['a pause', withdraw('PAUSED', { note: 'channel, anna: broken template' }), 'PAUSED'],
      'it was withdrawn on 2026-03-02 13:00, because it was paused, and what waited was to be withdrawn (channel, anna: broken template)',
    ],
    ['a bounce', feedback('bounced_hard'), 'DISPATCH_REJECTED', 'it bounced for good on 2026-03-02 13:00'],
  ] as const)('ends with %s', (_, fact, reason, text) => {
    expect(told(mail, fact as object).end).toEqual({ reason, text });
  });

  test('goes on behind a refusal for now, and behind a withdrawal that came too late', () => {
    const busy = delivery('rejected', { retryable: true, reason: 'busy' });
    expect(told(mail, busy, delivery('accepted'))).toEqual({
      steps: ['email refused it for now on 2026-03-02 13:00: busy', 'email took it on 2026-03-02 13:00'],
      end: undefined,
    });
    expect(told(mail, withdraw('COMPLAINED'), delivery('too_late')).end).toBeUndefined();
  });

  test('tells a bounce once, although the record holds a refusal before it', () => {
    expect(told(mail, delivery('rejected'), feedback('bounced_soft')).steps).toEqual([
      'it bounced on 2026-03-02 13:00',
    ]);
  });

  test('tells nine opens at one time once, and a machine apart', () => {
    const opens = Array.from({ length: 9 }, () => feedback('opened'));
    expect(told(mail, ...opens, feedback('opened', { machine: true })).steps).toEqual([
      'it was opened on 2026-03-02 13:00',
      'it was opened by a machine on 2026-03-02 13:00',
    ]);
  });

  test('tells what was sent otherwise than decided, and only that', () => {
    const content = {
      templateId: 't',
      slotNames: ['price', 'stock'],
      slotValues: ['£89', '3'],
      rendered: '£89',
    };
    const dear = { ...mail, content } as unknown as Choice;
    const handed = (attempt: number, sent: object) => ({
      kind: 'handed',
      ref: REF,
      attempt,
      at: AT,
      ...sent,
    });
    const sent = {
      ...{ catalogSequence: 2, templateId: 't', slotNames: ['price', 'stock', 'size'] },
      ...{ slotValues: ['£79', '', 'M'], rendered: 'Now £79' },
    };
    expect(told(dear, handed(1, {}))).toEqual({ steps: [], end: undefined });
    const story = told(dear, handed(2, { sent }), delivery('accepted'));
    expect(story.steps).toEqual([
      'it was handed over on 2026-03-02 13:00 with price "£79" in place of "£89", without its stock "3", with size "M", saying "Now £79"',
      'email took it on 2026-03-02 13:00',
    ]);
    expect(story.sent).toMatchObject({
      slotNames: ['price', 'size'],
      slotValues: ['£79', 'M'],
      rendered: 'Now £79',
    });
    // The price is back at what was decided.
    expect(told(dear, handed(2, { sent }), handed(3, {})).sent).toBeUndefined();
  });

  test('is of no other message, and there is none where nothing was chosen', () => {
    const other = { ...withdraw('ORDERED'), ref: { ...REF, choice: 1 } };
    expect(told(mail, other)).toEqual({ steps: [], end: undefined });
    expect(told({ kind: 'nothing' } as Choice, withdraw('ORDERED'))).toEqual({ steps: [], end: undefined });
  });
});

describe('the story of a plan', () => {
  const id = '7-1-0';

  test('ends when it is dropped', () => {
    const dropped = { kind: 'plan-dropped', plan: id, reason: REASONS.indexOf('PURCHASED_PRODUCT'), at: AT };
    expect(told(plan, dropped).end).toEqual({
      reason: 'PURCHASED_PRODUCT',
      text: 'the plan was dropped on 2026-03-02 13:00, because the customer bought product coat',
    });
  });

  test.each([
    [
      [{ kind: 'nothing', reason: REASONS.indexOf('ALL_SUPPRESSED') }],
      'then nothing was said (ALL_SUPPRESSED)',
    ],
    [[{ kind: 'treatment', action: 'care' }], 'then care was chosen instead'],
  ])('ends when its hour comes and something else is decided', (choices, text) => {
    const fresh = { kind: 'decision', cause: id, choices, at: AT + HOUR_MS };
    expect(told(plan, fresh).end?.text).toBe(`its hour had come on 2026-03-02 14:00, and ${text}`);
  });

  test('does not end when its hour comes and it is chosen', () => {
    const fresh = { kind: 'decision', cause: id, choices: [{ kind: 'treatment', action: 'news' }], at: AT };
    expect(told(plan, fresh)).toEqual({
      steps: ['its hour had come on 2026-03-02 13:00, and it was chosen'],
      end: undefined,
    });
  });
});
