/**
 * What one decision costs in core alone: 100 actions in a placement, of which 12 reach scoring, and the same customer
 * deciding outbound over two channels. Prints one JSON object; `node src/core/decide/decide.bench.ts`.
 * Not measured: codec, scorer, log, transport; a cache that other work has emptied.
 */
import { seedRng } from '../../base/rng.ts';
import { Propensity } from '../arbitration/propensity.ts';
import { channelIndex } from '../channel.ts';
import { FEATURE_COUNT } from '../feature/feature-spec.ts';
import { writeFeatures } from '../feature/write-features.ts';
import type { Action } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { computeTraits } from '../trait/compute-traits.ts';
import { NEED_ALL } from '../trait/trait-needs.ts';
import { strangerTraits } from '../trait/trait-spec.ts';
import { ROW_CHOSEN, ROW_SCORED } from './candidate-columns.ts';
import { DecisionDraft } from './decision-draft.ts';
import { finish } from './finish.ts';
import { propose } from './propose.ts';
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
} from './shop.fixture.ts';

const CUSTOMERS = 256;
const ROUNDS = 40_000;

/** Of 100 actions 12 pass: 60 fail their condition, 28 a guardrail. */
function benchPolicy() {
  const conditions = [
    condition(0, 'orders >= 1.0', (traits) => (traits.orders as number) >= 1),
    ...Array.from({ length: 24 }, (_, i) =>
      condition(i + 1, `views_1h > ${100 + i}.0 && cart_value > 10.0`, (traits) => {
        return (traits.views_1h as number) > 100 + i && (traits.cart_value as number) > 10;
      }),
    ),
  ];
  const offers = [10, 20].map((depth, index) => ({
    index,
    id: `off-${depth}`,
    kind: 'percent' as const,
    depth,
    code: `SAVE${depth}`,
    validMs: 86_400_000,
    isDiscount: true,
  }));
  const actions = Array.from({ length: 100 }, (_, index) =>
    action(index, benchAction(index, conditions, offers)),
  );
  return policy(actions, {
    conditions,
    offers,
    caps: [
      { scope: 'channel', channel: channelIndex('email'), action: -1, max: 5, windowMs: 86_400_000 },
      { scope: 'total', channel: -1, action: -1, max: 20, windowMs: 604_800_000 },
    ],
  });
}

function benchAction(
  index: number,
  conditions: ReturnType<typeof condition>[],
  offers: NonNullable<Action['offer']>[],
): Partial<Action> {
  const base: Partial<Action> = {
    channelMask: channelMask('web', 'email', 'whatsapp'),
    liftMean: 0.01 + (index % 7) * 0.005,
    subject: (['none', 'viewed', 'cart', 'category'] as const)[index % 4] as 'none',
    cap: { max: 3, windowMs: 604_800_000 },
    proactive: true,
  };
  if (index % 8 === 0 && index < 96) return { ...base, when: conditions[0] };
  if (index % 8 <= 5) return { ...base, when: conditions[1 + (index % 24)] };
  return index % 8 === 6 ? { ...base, stageMask: 1 } : { ...base, offer: offers[index % 2] };
}

function benchCustomer(id: number): Profile {
  const profile = ordered(customer(`customer-${id}`), 4, 12);
  const rng = seedRng(id, 1);
  for (let i = 0; i < 12; i++) {
    const productId = `p${rng.intBelow(500)}`;
    const at = NOON - rng.intBelow(86_400_000);
    profile.viewed.add({
      productId,
      category: 'coats',
      brand: 'acme',
      size: 'M',
      price: 100,
      lastAt: at,
      views: 2,
    });
  }
  for (let i = 0; i < 3; i++) {
    profile.cart.push({
      productId: `p${rng.intBelow(500)}`,
      category: 'hats',
      brand: 'b',
      variant: '',
      size: '',
      price: 30,
      quantity: 1,
      at: NOON - 60_000,
    });
  }
  for (let i = 0; i < 10; i++) {
    profile.owned.push({
      productId: `q${i}`,
      category: 'shoes',
      size: '42',
      at: NOON - 86_400_000 * i,
      quantity: 1,
      price: 80,
    });
    contact(profile, { action: `action-${rng.intBelow(100)}`, at: NOON - rng.intBelow(864_000_000) });
  }
  for (let i = 0; i < 8; i++) {
    profile.categories.keys.push(`category-${i}`);
    profile.categories.weights.push(rng.float());
  }
  profile.offers.push({
    offer: 'other',
    kind: 'percent',
    depth: 5,
    code: 'X',
    action: 'a',
    at: NOON - 3_600_000,
    until: NOON + 3_600_000,
    seq: 1,
    index: 0,
    choice: 0,
  });
  profile.counters.fill(2);
  profile.counterAt.fill(NOON - 1_000_000);
  profile.channelStats[channelIndex('email')] = {
    sends: 10,
    opens: 3,
    clicks: 1,
    bounces: 0,
    lastSentAt: NOON - 1e8,
    lastOpenAt: NOON - 2e8,
    lastSeenAt: 0,
    unsubscribedAt: 0,
    complainedAt: 0,
    bouncedAt: 0,
    softBounces: 0,
    softBouncedAt: 0,
  };
  return profile;
}

const rules = benchPolicy();
const world = env(rules, { catalog: catalog(...Array.from({ length: 500 }, (_, i) => product(`p${i}`))) });
const customers = Array.from({ length: CUSTOMERS }, (_, id) => benchCustomer(id));
const draft = new DecisionDraft();
const output = logits();

/** Mean µs of process CPU (garbage collection included) of a call over ROUNDS, the best of five. */
function time(call: (round: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < 5; trial++) {
    const before = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round++) call(round);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / ROUNDS);
  }
  return Math.round(best * 100) / 100;
}

function at(round: number): Profile {
  return customers[round % CUSTOMERS] as Profile;
}

function scored(): number {
  let count = 0;
  for (let row = 0; row < draft.columns.count; row++) {
    const stage = draft.columns.stage[row];
    if (stage === ROW_SCORED || stage === ROW_CHOSEN) count++;
  }
  return count;
}

const inbound = ask();
const push = outbound();
const stages: Record<string, number> = {};
for (const [name, request] of [
  ['placement', inbound],
  ['outbound', push],
] as const) {
  stages[`${name}Propose`] = time((round) => propose(draft, world, at(round), request));
  stages[`${name}Whole`] = time((round) => {
    propose(draft, world, at(round), request);
    finish(draft, world, at(round), request, output, 0, false);
  });
  stages[`${name}Rows`] = draft.columns.count;
  stages[`${name}Scored`] = scored();
}
const traits = strangerTraits();
const context = {
  now: NOON,
  rules: rules.stages,
  catalog: world.catalog,
  contextChannel: -1,
  offsetMin: 60,
  device: '',
  locale: '',
};
stages.traitsAll = time((round) => {
  computeTraits(traits, at(round), context, NEED_ALL);
});
const row = new Float32Array(FEATURE_COUNT);
const moment = { now: NOON, stage: 2, offsetMin: 60 };
stages.featuresRow = time((round) => writeFeatures(row, 0, at(round), moment, 3));
const propensity = new Propensity(16);
const means = Float64Array.from({ length: 12 }, (_, i) => (i === 0 ? 0 : 0.2 + 0.05 * i));
const deviations = Float64Array.from({ length: 12 }, (_, i) => (i === 0 ? 0 : 0.2 + 0.03 * i));
stages.propensity12 = time(() => propensity.compute(means, deviations, 12, 0.05));
console.log(JSON.stringify({ bench: 'decide-core', node: process.version, unit: 'µs', ...stages }));
