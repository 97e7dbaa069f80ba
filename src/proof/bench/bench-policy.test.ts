import { describe, expect, it } from 'vitest';
import { fixedZones } from '../../core/calendar/fixed-zones.fixture.ts';
import { CHANNELS } from '../../core/channel.ts';
import { NOTHING, ROW_PROPOSED } from '../../core/decide/candidate-columns.ts';
import type { DecideEnv } from '../../core/decide/decide-env.ts';
import { DecisionDraft } from '../../core/decide/decision-draft.ts';
import { propose } from '../../core/decide/propose.ts';
import { deriveEvent } from '../../core/event/derive-event.ts';
import { addresseeOf, strongest } from '../../core/identity/customer.ts';
import { plainFormats } from '../../core/locale/plain-formats.fixture.ts';
import { NO_STOPS } from '../../core/pause/pause.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { policyContext } from '../../policy/policy-context.ts';
import { createShop, type Shop } from '../../world/shop.ts';
import type { ShopStep } from '../../world/shop-step.ts';
import { BENCH_PLACEMENT, benchPolicyFiles } from './bench-policy.ts';

const DAY = 86_400_000;
const START = 1_772_452_800_000;

function benchPolicy(): Policy {
  const parsed = parsePolicy(benchPolicyFiles(), policyContext);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults, undefined, 1));
  return parsed.policy;
}

describe('the bench policy', () => {
  it('has 100 actions, 40 of them for the home placement, and is the same every time', () => {
    const policy = benchPolicy();
    expect(policy.actions).toHaveLength(100);
    expect(policy.placements[policy.placementByName.get(BENCH_PLACEMENT) ?? -1]?.actions).toHaveLength(40);
    expect(benchPolicy().version).toBe(policy.version);
  });

  it('leaves about 12 candidates to score for a customer of the simulated shop on the home page', () => {
    const policy = benchPolicy();
    const shop = createShop({ seed: 7, customers: 400, startAt: START });
    const profiles = new Map<string, Profile>();
    const draft = new DecisionDraft();
    const scored: number[] = [];
    for (let step = shop.next(START + 40 * DAY); step !== undefined; step = shop.next(START + 40 * DAY)) {
      if (step.kind === 'feedback') continue;
      const profile = profileOf(step, policy, profiles);
      if (step.kind === 'event') foldEvent(profile, step, shop, policy);
      else if (step.placement === BENCH_PLACEMENT && step.at > START + 20 * DAY) {
        scored.push(scoredFor(draft, profile, step.at, shop, policy));
      }
    }
    const mean = scored.reduce((sum, count) => sum + count, 0) / scored.length;
    expect(scored.length).toBeGreaterThan(300);
    expect(mean).toBeGreaterThan(11);
    expect(mean).toBeLessThan(13);
  });
});

function profileOf(
  step: Exclude<ShopStep, { kind: 'feedback' }>,
  policy: Policy,
  profiles: Map<string, Profile>,
): Profile {
  const identifiers = step.kind === 'event' ? step.event.identifiers : step.identifiers;
  const identifier = identifiers[strongest(identifiers, policy.identifierKinds).at];
  const { id, key } = addresseeOf(identifier?.kind ?? '', identifier?.value ?? '');
  const profile = profiles.get(key) ?? emptyProfile(id, key);
  profiles.set(key, profile);
  return profile;
}

function foldEvent(
  profile: Profile,
  step: Extract<ShopStep, { kind: 'event' }>,
  shop: Shop,
  policy: Policy,
): void {
  const verdict = deriveEvent(profile, profile.key, step.event, {
    now: step.at,
    catalog: { sequence: 1, get: (productId) => shop.catalog.byId.get(productId) },
    marginRate: policy.marginRate,
    zones: fixedZones,
    currency: policy.currency,
    rates: policy.rates,
    attributes: policy.attributes,
    channels: policy.channels,
    lateMsMax: 30 * DAY,
    aheadMsMax: DAY,
  });
  if (verdict.kind === 'accepted') fold(profile, verdict.fact, profile.seq + 1, 0);
}

function scoredFor(draft: DecisionDraft, profile: Profile, now: number, shop: Shop, policy: Policy): number {
  const env: DecideEnv = {
    policy,
    catalog: { sequence: 1, get: (productId) => shop.catalog.byId.get(productId) },
    now,
    model: 'none',
    head: 'none',
    zones: fixedZones,
    formats: plainFormats,
    offsetOfZones: policy.zones.map(() => 60),
    backlogFull: new Uint8Array(CHANNELS.length),
    stops: NO_STOPS,
    unserved: 0,
    failing: 0,
    budgetUsed: new Float64Array(policy.budgets.length),
    calibration: Array.from({ length: 3 }, () => ({ a: 1, b: 0 })),
    p0Shift: 0,
  };
  propose(draft, env, profile, {
    requestId: 'r',
    requestHash: 1,
    bodyHash: 1,
    cause: '',
    trigger: -1,
    friction: 0,
    plan: undefined,
    placements: [BENCH_PLACEMENT],
    dispatch: false,
    contextChannel: 0,
    zone: 'Europe/Berlin',
    recorded: undefined,
    locale: 'en-GB',
    device: '',
    alternativesMax: 0,
    seedA: 1,
    seedB: 2,
  });
  const { columns } = draft;
  let count = 0;
  for (let row = 0; row < columns.count; row++) {
    if (columns.stage[row] === ROW_PROPOSED && columns.action[row] !== NOTHING) count++;
  }
  return count;
}
