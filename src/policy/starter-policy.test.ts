import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { channelIndex } from '../core/channel.ts';
import { type Action, FRICTIONS, type Policy, STAGES } from '../core/policy/policy.ts';
import { strangerTraits } from '../core/trait/trait-spec.ts';
import { parsePolicyDirectory, readPolicyDirectory } from './policy-directory.ts';

const root = join(import.meta.dirname, '../../policies');
const directory = join(root, 'starter');

function starterPolicy(): Policy {
  const parsed = parsePolicyDirectory(directory);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults, undefined, 1));
  return parsed.policy;
}

describe('the starter policy', () => {
  const policy = starterPolicy();
  const proposedBy = (friction: string): readonly Action[] =>
    policy.actions.filter(
      (action) =>
        action.triggers.some((at) => policy.triggers[at]?.kind === 'checkout_exit') &&
        (action.frictionMask & (1 << FRICTIONS.indexOf(friction as 'none'))) !== 0,
    );

  it('has at least 24 actions, and every channel that it declares carries some', () => {
    expect(policy.actions.length).toBeGreaterThanOrEqual(24);
    for (const channel of policy.channels.filter((one) => one.declared)) {
      const count = policy.actions.filter(
        (action) => (action.channelMask & (1 << channel.index)) !== 0,
      ).length;
      expect([channel.id, count > 0]).toEqual([channel.id, true]);
    }
    for (const placement of policy.placements) expect(placement.actions.length).toBeGreaterThanOrEqual(3);
  });

  it('has conditions that are each true or false for a customer of whom nothing is known', () => {
    expect(policy.conditions.length).toBeGreaterThan(30);
    for (const condition of policy.conditions)
      expect(typeof condition.test(strangerTraits())).toBe('boolean');
  });

  it('answers the friction: free shipping to its cost, and never "buy now" to a missing size', () => {
    expect(proposedBy('shipping_cost').every((action) => action.offer?.kind === 'free_shipping')).toBe(true);
    expect(proposedBy('size_unavailable').length).toBeGreaterThan(0);
    for (const action of proposedBy('size_unavailable')) {
      expect(action.promotion).toBe(false);
      expect(action.offer).toBeUndefined();
      for (const { text } of action.variants) expect(text.toLowerCase()).not.toContain('buy');
    }
    for (const friction of FRICTIONS) expect(proposedBy(friction).length).toBeGreaterThan(0);
    expect(policy.triggers[0]?.windowMs).toBe(90_000);
  });

  it('promotes nothing in the days after an order', () => {
    const onboarding = 1 << STAGES.indexOf('onboarding');
    expect(
      policy.actions.filter((action) => action.promotion && (action.stageMask & onboarding) !== 0),
    ).toEqual([]);
  });

  it('has for every stage something to say outbound', () => {
    for (const [bit, stage] of STAGES.entries()) {
      const count = policy.proactive.filter(
        (at) => ((policy.actions[at]?.stageMask ?? 0) & (1 << bit)) !== 0,
      ).length;
      expect([stage, count > 2]).toEqual([stage, true]);
    }
  });

  it('lets nobody who may be away be written to on the page', () => {
    const onsite = 1 << channelIndex('onsite');
    for (const action of policy.actions) {
      if ((action.channelMask & onsite) === 0 || (action.triggers.length === 0 && !action.proactive))
        continue;
      expect([action.id, action.when?.source.includes('minutes_since_seen < 10.0')]).toEqual([
        action.id,
        true,
      ]);
    }
  });

  it('keeps the caps, the quiet hours, the tier and the morning that the stories need', () => {
    const push = policy.caps.find((cap) => cap.scope === 'channel' && cap.channel === channelIndex('push'));
    expect(push).toMatchObject({ max: 3, windowMs: 86_400_000 });
    expect([policy.quietFromMinute, policy.quietToMinute]).toEqual([21 * 60, 8 * 60]);
    expect(policy.service).toMatchObject({ quietFromMinute: 22 * 60, quietToMinute: 7 * 60 });
    expect(policy.incentiveWindowMs).toBe(86_400_000);
    expect(policy.stages.loyalistSpend).toBe(2_000);
    expect(policy.fullPriceDiscountShareMax).toBe(0);
    expect(policy.actions.some((action) => action.sendAtMinute === 9 * 60 && action.promotion)).toBe(true);
    expect(policy.offers.find((offer) => offer.id === 'spring_20')).toMatchObject({
      kind: 'percent',
      depth: 20,
    });
  });

  it('fits the JSON Schemas that its files name', () => {
    const ajv = new Ajv2020({ allErrors: true, strict: false });
    for (const [name, text] of readPolicyDirectory(directory)) {
      const named = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text)?.[1] ?? '';
      const path = join(directory, dirname(name), named);
      expect([name, existsSync(path)]).toEqual([name, true]);
      const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object);
      expect([name, validate(parse(text)), validate.errors]).toEqual([name, true, null]);
    }
  });
});
