import { expect, test } from 'vitest';
import { channelIndex } from '../channel.ts';
import type { DecisionFact } from '../fact/fact.ts';
import { REASONS } from '../reason.ts';
import type { DecideAsk } from './decide-env.ts';
import { DecisionDraft } from './decision-draft.ts';
import { finish } from './finish.ts';
import { propose } from './propose.ts';
import { action, ask, channelMask, customer, env, logits, outbound, policy } from './shop.fixture.ts';

const rules = policy([
  action(0, { id: 'care', purpose: 'service', channelMask: channelMask('email', 'push') }),
  action(1, { id: 'news', purpose: 'service', channelMask: channelMask('push') }),
  action(2, { id: 'here', purpose: 'service', channelMask: channelMask('push', 'sms') }),
]);

type Names = readonly ('email' | 'push' | 'sms')[];

function decide(unserved: Names, request: DecideAsk, failing: Names = []): DecisionFact {
  const draft = new DecisionDraft();
  const profile = customer();
  profile.identifiers.push(
    { kind: 'push_token', value: 'p', origin: '' },
    { kind: 'phone_sha256', value: 's', origin: '' },
  );
  const world = env(rules, { unserved: channelMask(...unserved), failing: channelMask(...failing) });
  propose(draft, world, profile, request);
  return finish(draft, world, profile, request, logits(), 0, false);
}

/** "action channel reason" of every candidate. */
function rows({ record: { columns } }: DecisionFact): string[] {
  return Array.from({ length: columns.count }, (_, row) => row)
    .slice(1)
    .map((row) => {
      const channel = ['email', 'push', 'sms'].find((name) => channelIndex(name) === columns.channel[row]);
      return `${rules.actions[columns.action[row] as number]?.id} ${channel} ${REASONS[columns.reason[row] as number]}`;
    });
}

test('a channel that nobody serves gives way where its action has another one, and waits where it has none', () => {
  expect(rows(decide(['push'], outbound()))).toEqual([
    'care email NONE',
    'care push CHANNEL_UNSERVED',
    'news push NONE',
    'here sms NONE',
    'here push CHANNEL_UNSERVED',
  ]);
  expect(rows(decide(['push', 'sms'], outbound())).slice(2)).toEqual([
    'news push NONE',
    'here sms NONE',
    'here push NONE',
  ]);
});

test('a channel that fails gives way as one that nobody serves, and never to one of those', () => {
  expect(rows(decide([], outbound(), ['push']))).toEqual([
    'care email NONE',
    'care push CHANNEL_FAILING',
    'news push NONE',
    'here sms NONE',
    'here push CHANNEL_FAILING',
  ]);
  expect(rows(decide(['sms'], outbound(), ['push']))).toEqual([
    'care email NONE',
    'care push CHANNEL_FAILING',
    'news push NONE',
    'here sms NONE',
    'here push NONE',
  ]);
});

test('actions that answer one trigger are ways of one help', () => {
  const trigger = { ...rules.triggers[0], actions: [0, 1, 2] } as (typeof rules.triggers)[number];
  const byTrigger = policy([...rules.actions], { triggers: [trigger] });
  const draft = new DecisionDraft();
  const request = outbound({ trigger: 0, cause: 'checkout-exit' });
  const profile = customer();
  profile.identifiers.push({ kind: 'push_token', value: 'p', origin: '' });
  propose(draft, env(byTrigger, { unserved: channelMask('push') }), profile, request);
  const left = Array.from(draft.eligible.subarray(0, draft.eligibleCount)).map(
    (row) => draft.columns.channel[row],
  );
  expect(left).not.toContain(channelIndex('push'));
  expect(left.length).toBeGreaterThan(1);
});

test('what nobody served, and what failed, is in the record, and the decision is derived from it again', () => {
  const fact = decide(['push', 'sms'], outbound());
  expect(fact.record.unserved).toBe(channelMask('push', 'sms'));
  expect(decide([], outbound(), ['push']).record.failing).toBe(channelMask('push'));
  const shown = decide(['push'], ask({ placements: ['home'] }), ['sms']).record;
  expect([shown.unserved, shown.failing]).toEqual([0, 0]);
});
