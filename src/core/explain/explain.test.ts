import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { civilText } from '../calendar/civil-time.ts';
import { channelIndex } from '../channel.ts';
import type { DecideAsk, DecideEnv } from '../decide/decide-env.ts';
import { DecisionDraft } from '../decide/decision-draft.ts';
import { finish } from '../decide/finish.ts';
import { propose } from '../decide/propose.ts';
import {
  action,
  ask,
  catalog,
  channelMask,
  condition,
  contact,
  customer,
  env,
  logits,
  NOON,
  ordered,
  outbound,
  policy,
  product,
} from '../decide/shop.fixture.ts';
import type { DecisionFact } from '../fact/fact.ts';
import { GUARDRAILS } from '../guardrail/guardrails.ts';
import type { Policy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { REASONS } from '../reason.ts';
import { explain } from './explain.ts';
import { explainPage } from './explain-page.ts';
import { comparedName, percents, reasonClause } from './reason-text.ts';
import type { Removal } from './removal.ts';
import { whyNot } from './why-not.ts';

const twenty = {
  index: 0,
  id: 'twenty',
  kind: 'percent' as const,
  depth: 20,
  code: 'TWENTY',
  validMs: DAY_MS,
  isDiscount: true,
};
const rules = policy(
  [
    action(0, {
      id: 'cart_again',
      title: 'The waiting cart',
      subject: 'cart',
      liftMean: 0.2,
      channelMask: channelMask('email', 'whatsapp'),
      cap: { max: 1, windowMs: 7 * DAY_MS },
      variants: [
        {
          index: 0,
          id: 'plain',
          templateId: 't',
          text: 'Your {title} waits.',
          when: undefined,
          slots: [{ name: 'title', source: { kind: 'subject', field: 'title' }, required: true }],
        },
      ],
    }),
    action(1, {
      id: 'win_back',
      title: 'Come back',
      channelMask: channelMask('email'),
      when: condition(0, 'days_since_order >= 75.0', (traits) => (traits.days_since_order as number) >= 75),
    }),
    action(2, {
      id: 'twenty_off',
      title: 'A fifth off',
      offer: twenty,
      channelMask: channelMask('email'),
      liftMean: 0.01,
      liftSd: 0.001,
    }),
    action(3, { id: 'banner', title: 'A banner', channelMask: channelMask('web'), proactive: false }),
  ],
  {
    offers: [twenty],
    conditions: [
      condition(0, 'days_since_order >= 75.0', (traits) => (traits.days_since_order as number) >= 75),
    ],
  },
);

function decide(
  profile: Profile,
  request: DecideAsk = outbound(),
  world: DecideEnv = env(rules, { catalog: catalog(product('coat')) }),
): DecisionFact {
  const draft = new DecisionDraft();
  propose(draft, world, profile, request);
  return finish(draft, world, profile, request, logits(), 0, false);
}

function anna(): Profile {
  const profile = ordered(customer('anna'), 2, 40, 90, 1);
  profile.cart.push({
    productId: 'coat',
    category: 'coats',
    brand: '',
    variant: '',
    size: '',
    price: 100,
    quantity: 1,
    at: NOON - HOUR_MS,
  });
  contact(profile, { action: 'cart_again', channel: channelIndex('whatsapp') });
  return profile;
}

const week = { from: NOON - 7 * DAY_MS, to: NOON + HOUR_MS, offsetMin: 60 };

test('a decision that nobody asked for says at which hour the policy has customers considered, and when it comes late', () => {
  const policy = { ...rules, consider: [{ weekdays: 127, minute: 9 * 60, spreadMs: HOUR_MS }] };
  const asked = (slot: string): string | undefined => {
    const fact = decide(anna(), outbound({ requestId: '', cause: `consider ${slot}` }));
    return explainPage(explain('0-1-2-3', fact, policy), policy)
      .split('\n')
      .find((line) => line.startsWith('asked by'));
  };
  const day = civilText(NOON, 60).slice(0, 10);
  expect(asked(`${day} 12:40`)).toBe(
    `asked by the service itself (customers are considered daily at 09:00; this is for ${day} 12:40); a channel system sends it`,
  );
  expect(asked(`${day} 09:00`)).toContain(`this is for ${day} 09:00 and comes late);`);
  expect(asked('2020-01-01 12:40')).toContain('comes late');
});

describe('an explanation', () => {
  const fact = decide(anna(), outbound({ requestId: '', cause: 'checkout-exit' }));
  const explanation = explain('0-1-2-3', fact, rules);

  test('names what indices and codes stand for', () => {
    expect(explanation).toMatchObject({ decisionId: '0-1-2-3', cause: 'checkout-exit', group: 'treated' });
    expect(
      explanation.candidates.map((row) => [
        row.action,
        row.variant,
        row.channel,
        row.proposer,
        row.stage,
        row.reason,
      ]),
    ).toEqual([
      ['', '', '', 'nothing', 'chosen', 'NONE'],
      ['cart_again', 'plain', 'email', 'proactive', 'removed', 'CAP_ACTION'],
      ['cart_again', 'plain', 'whatsapp', 'proactive', 'removed', 'CAP_ACTION'],
      ['win_back', 'a', '', 'proactive', 'removed', 'CONDITION_FALSE'],
      ['twenty_off', 'a', 'email', 'proactive', 'scored', 'OUTDRAWN'],
    ]);
    expect(explanation.candidates[1]?.compared).toEqual({
      name: 'contacts in 7 d',
      value: 1,
      limit: 1,
      ref: '7 d',
    });
    expect(explanation.choices).toMatchObject([{ candidate: 0, runnerUp: 4, reason: 'NOTHING_WINS' }]);
    expect(explanation.scoreRows.map((row) => row.channel)).toEqual(['email']);
    expect(explanation.scoreRows[0]?.features[3]).toEqual({ name: 'channel_email', value: 1 });
  });

  test('has terms that add up to the expected value', () => {
    for (const { value } of explanation.candidates) {
      if (value === undefined) continue;
      const ev =
        value.p1 * (value.margin - value.discount) -
        value.p0 * value.margin0 +
        value.engage * value.engagementValue -
        value.channelCost -
        value.unsubscribe * value.unsubscribeCost;
      expect(value.ev).toBeCloseTo(ev, 5);
    }
  });

  test('has added purchases that are the lift of the policy times the reach, in numbers and in words', () => {
    const value = explanation.candidates[4]?.value;
    expect(value?.lift).toBe(0.01);
    expect(value?.reach).toBeGreaterThan(0);
    expect(value?.tau).toBeCloseTo(0.01 * (value?.reach ?? 0), 8);
    const [reach, tau] = [value?.reach, value?.tau].map((share) => Number(share?.toPrecision(2)));
    expect(explainPage(explanation, rules).replaceAll(/\s+/g, ' ')).toContain(
      `Purchases added = lift per reader, as the policy says, x chance that the customer is reached: twenty_off (email) 0.01 x ${reach} = ${tau}.`,
    );
  });

  test('is a page that tells the choice, the comparison, the rules and the versions', () => {
    const page = explainPage(explanation, rules);
    expect(page).toContain("2026-03-02 13:00 (the customer's local time)");
    expect(page).toContain('asked by the service itself (checkout-exit)');
    expect(page).toContain('Chosen: nothing');
    expect(page).toContain('twenty_off/a');
    expect(page).toContain('CAP_ACTION: the action had been sent once within 7 d, and the cap is 1');
    expect(page.replaceAll(/\s+/g, ' ')).toContain(
      'days_since_order was 40, the action asks for at least 75',
    );
    expect(page).toContain('Policy test@000000000000, model m1');
    for (const line of page.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('says why the chosen one was drawn over the runner-up, and what it said to the customer', () => {
    const profile = anna();
    profile.contacts.clear();
    const page = explainPage(explain('d', decide(profile), rules), rules).replaceAll(/\s+/g, ' ');
    expect(page).toMatch(
      /Chosen: The waiting cart \(cart_again, variant plain\) on \w+ about coat, with probability \d+/,
    );
    expect(page).toContain('It says: "Your The coat waits."');
    expect(page).toMatch(/It was drawn over cart_again on \w+/);
    expect(page).toMatch(/expected to earn \d\.\d\d against \d\.\d\d EUR|worth more|equally good/);
  });

  test('marks a fallback and a holdout', () => {
    const held: Policy = { ...rules, holdout: 1 };
    const request = outbound();
    const world = env(held);
    const draft = new DecisionDraft();
    propose(draft, world, anna(), request);
    const page = explainPage(
      explain('d', finish(draft, world, anna(), request, logits(), 0, true), held),
      held,
    );
    expect(page).toContain('in the holdout');
    expect(page).toContain('base rates');
  });
});

describe('why not', () => {
  const answer = (actionId: string, facts: readonly DecisionFact[]) =>
    whyNot(
      { action: actionId, ...week },
      facts.map((fact, i) => ({ decisionId: `d${i}`, fact, policy: rules })),
    );

  test('names the rule and the numbers', () => {
    expect(answer('win_back', [decide(anna())])).toEqual({
      answer:
        'win_back was not chosen on 2026-03-02 13:00: it was removed because its condition did not hold: days_since_order was 40, the action asks for at least 75.',
      wasChosen: false,
      decisions: [
        {
          decisionId: 'd0',
          at: NOON,
          reason: 'CONDITION_FALSE',
          compared: [
            { name: 'first comparison that failed', value: 40, limit: 75, ref: 'days_since_order >= 75.0' },
          ],
        },
      ],
    });
  });

  test('tells what stood against it on each channel', () => {
    const profile = anna();
    profile.contacts.clear();
    profile.consent[channelIndex('email') * 2] = 0;
    profile.offers.push({
      offer: 'ten',
      kind: 'percent',
      depth: 10,
      code: '',
      action: '',
      at: NOON - HOUR_MS,
      until: NOON,
      seq: 1,
      index: 0,
      choice: 0,
    });
    profile.channelStats[channelIndex('whatsapp')] = {
      sends: 0,
      opens: 0,
      clicks: 0,
      bounces: 3,
      lastSentAt: 0,
      lastOpenAt: 0,
      lastSeenAt: 0,
      unsubscribedAt: 0,
      complainedAt: 0,
      ...{ bouncedAt: 0, softBounces: 0, softBouncedAt: 0 },
    };
    expect(answer('cart_again', [decide(profile)]).answer).toBe(
      'cart_again was not chosen on 2026-03-02 13:00: it was removed because on whatsapp 3 messages bounced, and 3 make the channel unreachable, and on email consent to marketing was never given.',
    );
  });

  test('names the channel of a rule that is about one, also where it is the only one', () => {
    const profile = anna();
    profile.consent[channelIndex('email') * 2] = 0;
    expect(answer('twenty_off', [decide(profile)]).answer).toContain(
      'it was removed because on email consent to marketing was never given.',
    );
  });

  test('tells odds and worth of what was outdrawn, and rests on the decision in which it came nearest', () => {
    const outdrawn = answer('twenty_off', [decide(anna(), ask()), decide(anna())]);
    expect(outdrawn.answer).toMatch(
      /^twenty_off was not chosen in 2 decisions between 2026-02-23 13:00 and 2026-03-02 14:00; it came nearest on 2026-03-02 13:00, when it was in the running on email with probability [\d.]+ %, but doing nothing was drawn with \d+ % \(expected values -?\d\.\d\d and 0\.00 EUR: \d\.\d{3} for more sales, -\d\.\d{3} for the cost of its offer, .*-\d\.\d{3} for the risk of an unsubscribe\)\.$/,
    );
    expect(outdrawn.decisions.map((one) => one.reason)).toEqual(['PLACEMENT_MISMATCH', 'OUTDRAWN']);
  });

  test('tells that it was chosen, that nobody proposed it, that the policy has no such action, that nothing was decided', () => {
    const profile = anna();
    profile.contacts.clear();
    const chosen = answer('cart_again', [decide(profile)]);
    expect(chosen.wasChosen).toBe(true);
    expect(chosen.answer).toMatch(
      /^cart_again was chosen on \w+ with probability [\d.]+ % on 2026-03-02 13:00\.$/,
    );
    expect(answer('banner', [decide(anna())]).answer).toBe(
      'banner was not chosen on 2026-03-02 13:00: it was not proposed, because an outbound decision without a trigger does not list it (it is for the placement home, the trigger checkout-exit).',
    );
    expect(answer('bannner', [decide(anna())]).answer).toMatch(
      /it did not exist in the policy test@000000000000\. Did you mean banner\?$/,
    );
    expect(answer('something_else', [decide(anna())]).answer).toMatch(/test@000000000000\.$/);
    expect(answer('banner', []).answer).toBe(
      'banner was not chosen because no decision was made for this customer between 2026-02-23 13:00 and 2026-03-02 14:00.',
    );
  });

  test('where nobody asked, it says whether the service asks by itself', () => {
    const asked = { action: 'banner', from: NOON - DAY_MS, to: NOON, offsetMin: 60 };
    expect(whyNot({ ...asked, consider: [] }, []).answer).toMatch(
      /without `consider` in policy.yaml the service does not ask by itself\.$/,
    );
    const consider = [{ weekdays: 127, minute: 9 * 60, spreadMs: HOUR_MS }];
    expect(whyNot({ ...asked, consider }, []).answer).toMatch(
      /Nobody asked for one; the service considers customers by itself daily at 09:00, if a proactive action could reach them\.$/,
    );
  });

  test('of a dry decision is told as what would happen now', () => {
    const profile = anna();
    profile.consent[channelIndex('email') * 2] = 0;
    const now = (actionId: string, who: Profile, at = NOON) =>
      whyNot({ action: actionId, from: 0, to: 0, offsetMin: 60, isNow: true }, [
        { decisionId: '', fact: decide(who, outbound(), env(rules, { now: at })), policy: rules },
      ]).answer;
    expect(now('twenty_off', profile)).toBe(
      'twenty_off would be removed now because on email consent to marketing was never given.',
    );
    expect(now('twenty_off', anna(), NOON + 10 * HOUR_MS)).toContain('it is 23:00 (local)');
    expect(now('twenty_off', anna())).toMatch(
      /^twenty_off would not be chosen now: it would be in the running on email with probability [\d.]+ %, but doing nothing would be drawn with/,
    );
    expect(now('banner', anna())).toMatch(/^banner would not be proposed now, because an outbound decision/);
    expect(now('bannner', anna())).toMatch(/^bannner does not exist in the policy .* Did you mean banner\?$/);
  });

  test('rests on a decision of the kind that the action is for, where none proposed it', () => {
    const shop = policy([action(0, { id: 'nudge', placements: [], proactive: false })]);
    const ofTrigger = {
      ...shop,
      proactive: [],
      placements: shop.placements.map((one) => ({ ...one, actions: [] })),
    };
    const facts = [ask(), outbound()].map((request) => decide(anna(), request, env(ofTrigger)));
    const said = whyNot(
      { action: 'nudge', ...week },
      facts.map((fact) => ({ decisionId: 'd', fact, policy: ofTrigger })),
    );
    expect(said.answer).toContain('it was not proposed, because an outbound decision without a trigger does');
  });

  test('an answer that rests on a part of the time says which part', () => {
    const asked = { action: 'banner', from: NOON - 7 * DAY_MS, to: NOON, offsetMin: 60 };
    const part = whyNot({ ...asked, lookedFrom: NOON - DAY_MS }, []);
    expect(part.answer).toMatch(
      /\. What was before 2026-03-01 13:00 is too much for one question and was not looked at: ask about a shorter time\.$/,
    );
    expect(whyNot({ ...asked, lookedFrom: asked.from }, []).answer).not.toContain('looked at');
  });
});

describe('two variants of one action', () => {
  const variant = (index: number, id: string, when?: ReturnType<typeof condition>) => ({
    ...{ index, id, templateId: id, slots: [], text: id, when },
  });
  const never = condition(0, 'orders < 1.0', () => false);
  const twins = policy([
    action(0, {
      id: 'twin',
      liftMean: 0.2,
      channelMask: channelMask('email'),
      variants: [variant(0, 'a'), variant(1, 'b')],
    }),
  ]);
  const fact = decide(anna(), outbound(), env(twins));
  const page = explainPage(explain('d', fact, twins), twins).replaceAll(/\s+/g, ' ');

  test('are told apart by name, and as equally good where they are', () => {
    expect(page).toMatch(
      /It was drawn over twin\/[ab] on email by chance: they are equally good \((\d+\.\d\d) against \1 EUR; odds/,
    );
    expect(page).not.toContain('because it is expected to earn');
  });

  test('are named by why not, the chosen one as the one that stands against them', () => {
    const ask = (facts: readonly DecisionFact[], rules: Policy) =>
      whyNot(
        { action: 'twin', ...week },
        facts.map((fact) => ({ decisionId: 'd', fact, policy: rules })),
      );
    expect(ask([fact], twins).answer).toMatch(/^twin was chosen with variant [ab] on email with probability/);
    const conditional = policy(
      [
        action(0, {
          id: 'twin',
          channelMask: channelMask('email'),
          variants: [
            variant(0, 'a', never),
            variant(
              1,
              'b',
              condition(1, 'orders > 9.0', () => false),
            ),
          ],
        }),
      ],
      { conditions: [never, condition(1, 'orders > 9.0', () => false)] },
    );
    expect(ask([decide(anna(), outbound(), env(conditional))], conditional).answer).toContain(
      'it was removed because for variant a its condition did not hold: orders was 2, the action asks for less than 1, and for variant b its condition did not hold: orders was 2, the action asks for more than 9.',
    );
  });
});

describe('what was missing is said in words', () => {
  const removal = { value: 0, limit: 1, ref: '', action: 0, variant: 0, product: '' };
  const say = (name: (typeof REASONS)[number], more: Partial<Removal>) =>
    reasonClause({ ...removal, ...more, code: REASONS.indexOf(name) }, { policy: rules, offsetMin: 60 });

  test.each([
    ['days_since_order', 'never'],
    ['viewed_minutes_ago', 'never, or not within 9999 minutes'],
    ['days_since("coats")', 'never'],
    ['revenue', '9999'],
  ])('%s: %s', (name, found) => {
    const plain = { name, read: () => 9_999, relation: '<=', against: 15 } as const;
    const part = { source: `${name} <= 15.0`, test: () => false, plain };
    const condition = { source: `is_known && ${name} <= 15.0`, part, found: '' };
    expect(say('CONDITION_FALSE', { ref: condition.source, value: 9_999, limit: 15, condition })).toBe(
      `its condition did not hold: ${name} was ${found}, the action asks for at most 15`,
    );
    // As records of before said it.
    expect(say('CONDITION_FALSE', { ref: 'orders > 3.0', value: 2, limit: 3 })).toBe(
      'its condition did not hold: orders > 3.0 (found 2 against 3)',
    );
  });

  test('a product that the catalogue does not have, and an empty cart', () => {
    expect(say('CONTENT_UNFILLABLE', { ref: 'title', product: 'coat-1' })).toBe(
      'nothing was known to fill "title" in its content with: the catalogue does not have product coat-1',
    );
    expect(say('CONTENT_UNFILLABLE', { ref: 'cart' })).toBe(
      'there was nothing to speak about: the cart was empty',
    );
  });

  test('shares that differ are told with as many decimals as it takes', () => {
    expect(percents(0.1012, 0.1049)).toEqual(['10.1 %', '10.5 %']);
    expect(percents(0.1012, 0.1014)).toEqual(['10.12 %', '10.14 %']);
    expect(percents(0.1, 0.1)).toEqual(['10.00 %', '10.00 %']);
    expect(percents(0.0004, 0.005)).toEqual(['0.04 %', '0.50 %']);
    expect(percents(0.00001, 0.005)).toEqual(['0.001 %', '0.500 %']);
  });
});

test('every reason that can remove a candidate has words of its own', () => {
  const guardrails = GUARDRAILS.flatMap(({ reasons }) => reasons);
  for (const name of new Set([...guardrails, 'ABSORB_PENDING', 'OUTRANKED'] as const)) {
    const removal = {
      code: REASONS.indexOf(name),
      value: 1,
      limit: 2,
      ref: 'x',
      action: 0,
      variant: 0,
      product: '',
    };
    const clause = reasonClause(removal, { policy: rules, offsetMin: 60 });
    expect(clause).not.toBe(name.toLowerCase().replaceAll('_', ' '));
    expect(clause).toMatch(/^\S.*[^.]$/);
  }
  expect(
    comparedName({
      code: REASONS.indexOf('CAP_TOTAL'),
      value: 1,
      limit: 1,
      ref: '24 h',
      action: 0,
      variant: 0,
      product: '',
    }),
  ).toBe('contacts in 24 h');
});
