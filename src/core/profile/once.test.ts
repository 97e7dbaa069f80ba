import { expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import { channelIndex } from '../channel.ts';
import { DecisionDraft } from '../decide/decision-draft.ts';
import { finish } from '../decide/finish.ts';
import { propose } from '../decide/propose.ts';
import {
  action,
  catalog,
  channelMask,
  contact,
  customer,
  env,
  logits,
  NOON,
  outbound,
  policy,
} from '../decide/shop.fixture.ts';
import type { DecisionFact } from '../fact/fact.ts';
import { EVER } from '../policy/policy.ts';
import { actionHash } from './action-hash.ts';
import { fold } from './fold.ts';
import { onceAction, onceChannel } from './once.ts';
import type { Profile } from './profile.ts';

const EMAIL = channelIndex('email');
const rules = policy([
  action(0, {
    id: 'welcome',
    channelMask: channelMask('email'),
    liftMean: 0.3,
    liftSd: 0.0001,
    cap: { max: 1, windowMs: EVER },
  }),
]);
const draft = new DecisionDraft();
let seq = 1;

/** What is decided at `now`, and folded. */
function decide(profile: Profile, now: number): DecisionFact {
  const world = env(rules, { now, catalog: catalog() });
  const ask = outbound();
  propose(draft, world, profile, ask);
  const fact = finish(draft, world, profile, ask, logits(), 0, false);
  fold(profile, fact, seq++, 0);
  return fact;
}

const went = ({ choices }: DecisionFact): string | undefined => choices[0]?.action;

test('what went once does not go again when the ledger has let go of it, by its time or by its room', () => {
  for (const forget of ['time', 'room']) {
    const profile = customer();
    expect(went(decide(profile, NOON))).toBe('welcome');
    expect(profile.once).toEqual([]);
    if (forget === 'room') for (let i = 0; i < BOUNDS.contacts; i++) decideOther(profile, NOON + 1 + i);
    for (const days of [40, 41, 400]) expect(went(decide(profile, NOON + days * DAY_MS))).toBe('');
    expect(profile.contacts.toArray().some((one) => one.action === 'welcome')).toBe(false);
    const [entry = 0, ...others] = profile.once;
    expect([onceAction(entry), onceChannel(entry), others]).toEqual([actionHash('welcome'), EMAIL, []]);
  }
});

test('what came back may go once more, and what is only planned or capped otherwise is not remembered', () => {
  const profile = customer();
  const sent = decide(profile, NOON);
  expect(sent.choices[0]?.once).toBe(true);
  const ref = { seq: seq - 1, index: 0, choice: 0 };
  const base = { kind: 'delivery', customer: profile.id, ref, reason: '', at: NOON } as const;
  fold(profile, { ...base, state: 'rejected', retryable: false, retryAt: 0 }, seq++, 0);
  expect(went(decide(profile, NOON + DAY_MS))).toBe('welcome');
  contact(profile, { action: 'other', at: NOON + 2 * DAY_MS });
  decide(profile, NOON + 80 * DAY_MS);
  expect(profile.once).toHaveLength(1);
});

/** Another message, which fills the ledger. */
function decideOther(profile: Profile, at: number): void {
  const shop = policy([
    action(0, { id: 'other', channelMask: channelMask('email'), liftMean: 0.3, liftSd: 0 }),
  ]);
  const ask = outbound();
  const world = env(shop, { now: at, catalog: catalog() });
  propose(draft, world, profile, ask);
  fold(profile, finish(draft, world, profile, ask, logits(), 0, false), seq++, 0);
}
