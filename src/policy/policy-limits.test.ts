import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { renderFault } from '../core/policy/policy-fault.ts';
import { POLICY_LIMITS as LIMITS } from '../core/policy/policy-limits.ts';
import { parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { readPolicyDirectory } from './policy-directory.ts';

const starter = readPolicyDirectory(join(import.meta.dirname, '../../policies/starter'));
const aVariant = { template: 'a' };
const anAction = {
  title: 'An action',
  purpose: 'marketing',
  promotion: false,
  subject: 'none',
  channels: ['web'],
  placements: ['home_hero'],
  variants: { a: aVariant },
};

/** `count` entries with ids of their own. */
function many<T>(count: number, make: (at: number) => T): Record<string, T> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, make(at)]));
}

function withFile(
  name: string,
  change: (content: Record<string, unknown>) => Record<string, unknown>,
): string[] {
  const content = parse(starter.get(name) ?? '{}') as Record<string, unknown>;
  const files = new Map([...starter, [name, stringify(change(content), { aliasDuplicateObjects: false })]]);
  const parsed = parsePolicy(files, policyContext);
  return parsed.ok ? [] : parsed.faults.map(renderFault);
}

function withAction(change: Record<string, unknown>): string[] {
  return withFile('actions/extra.yaml', () => ({ actions: { extra: { ...anAction, ...change } } }));
}

type Case = readonly [
  limit: keyof typeof LIMITS,
  atLimit: () => string[],
  beyond: () => string[],
  told: string,
];

const offers = starter.get('offers.yaml') ?? '';
const starterOffers = Object.keys((parse(offers) as { offers: object }).offers).length;
const kinds = (parse(starter.get('policy.yaml') ?? '') as { identifiers: string[] }).identifiers;
const cases: readonly Case[] = [
  sized(
    'actions',
    (count) =>
      withFile('actions/extra.yaml', () => ({ actions: many(count - starterActions(), () => anAction) })),
    'more than 1000 actions',
  ),
  sized(
    'variants',
    (count) => withAction({ variants: many(count, () => aVariant) }),
    'has 33 entries; the limit is 32',
  ),
  sized(
    'audiences',
    (count) =>
      withFile('channels.yaml', (file) => ({
        ...file,
        audiences: many(count, () => ({ identifiers: ['email_sha256'] })),
      })),
    'more than 16 audiences',
  ),
  sized(
    'audienceKinds',
    (count) =>
      withFile('channels.yaml', (file) => ({
        ...file,
        audiences: { a: { identifiers: kinds.slice(0, count) } },
      })),
    'their number must be at most 4',
  ),
  sized(
    'slots',
    (count) => withAction({ variants: { a: { ...aVariant, slots: many(count, () => 'x') } } }),
    'has 33 entries; the limit is 32',
  ),
  sized(
    'offers',
    (count) =>
      withFile('offers.yaml', (file) => ({
        ...file,
        offers: {
          ...(file.offers as object),
          ...many(count - starterOffers, () => ({ kind: 'points', valid: '1d' })),
        },
      })),
    'more than 250 offers',
  ),
  sized(
    'placements',
    (count) => withFile('placements.yaml', (file) => extended(file, 'placements', count, { channel: 'web' })),
    'more than 100 placements',
  ),
  sized(
    'triggers',
    (count) =>
      withFile('triggers.yaml', (file) =>
        extended(file, 'triggers', count, { kind: 'checkout_exit', silence: '1m', cooldown: '1h' }),
      ),
    'more than 30 triggers',
  ),
  sized(
    'budgets',
    (count) => withFile('offers.yaml', (file) => extended(file, 'budgets', count, { per_day: 1 })),
    'more than 30 budgets',
  ),
  sized(
    'caps',
    (count) =>
      withFile('guardrails.yaml', (file) => ({
        ...file,
        caps: Array.from({ length: count }, () => ({ scope: 'total', max: 1, window: '1d' })),
      })),
    'must be at most 60',
  ),
  sized(
    'considerTimes',
    (count) =>
      withFile('policy.yaml', (file) => ({
        ...file,
        consider: Array.from({ length: count }, (_, at) => `daily at 10:${String(at).padStart(2, '0')}`),
      })),
    'their number must be at most 24',
  ),
  sized(
    'considerTimes',
    (count) =>
      withFile('policy.yaml', (file) => ({
        ...file,
        consider: `daily at 10:10, ${Array.from({ length: count }, (_, at) => `10:${at + 10}`).join(', ')}`,
      })),
    'too many times of the day; their number must be at most 24',
  ),
  sized(
    'zones',
    (count) =>
      withFile('policy.yaml', (file) => ({
        ...file,
        zones: Intl.supportedValuesOf('timeZone')
          .filter((zone) => /^[A-Z][a-z]+\/[A-Z][a-z]+$/.test(zone))
          .slice(0, count),
      })),
    'must be at most 60',
  ),
  sized(
    'identifierKinds',
    (count) =>
      withFile('policy.yaml', (file) => ({
        ...file,
        identifiers: [...(file.identifiers as string[]), ...Object.keys(many(count, () => 0))].slice(
          0,
          count,
        ),
      })),
    'must be at most 16',
  ),
  sized(
    'attributes',
    (count) =>
      withFile('policy.yaml', (file) => ({ ...file, attributes: many(count, () => ({ type: 'flag' })) })),
    'attributes has 33 entries; the limit is 32',
  ),
  sized(
    'impossibleIdentifiers',
    (count) =>
      withFile('policy.yaml', (file) => ({
        ...file,
        impossible_identifiers: Array.from({ length: count }, (_, i) => `nobody-${i}`),
      })),
    'must be at most 500',
  ),
  sized(
    'categories',
    (count) =>
      withFile('guardrails.yaml', (file) => ({
        ...file,
        suppression: { ...(file.suppression as object), by_category: many(count, () => '1d') },
      })),
    'has 501 entries; the limit is 500',
  ),
  sized(
    'conditionCharacters',
    (count) => withAction({ when: 'is_known'.padEnd(count) }),
    'must be at most 500',
  ),
  sized(
    'textCharacters',
    (count) => withAction({ variants: { a: { ...aVariant, text: 'x'.repeat(count) } } }),
    'must be at most 2000',
  ),
  sized(
    'doubleOptInDays',
    (count) =>
      withFile('channels.yaml', (file) => {
        const channels = file.channels as Record<string, object>;
        return {
          ...file,
          channels: { ...channels, email: { ...channels.email, double_opt_in: `${count}d` } },
        };
      }),
    'must be from 1m to 90d',
  ),
  sized('windowDays', (count) => withAction({ cap: { max: 1, window: `${count}d` } }), 'longer than 31d'),
  sized(
    'windowDays',
    (count) => withFile('guardrails.yaml', (file) => ({ ...file, incentive_window: `${count}d` })),
    'incentive_window is longer than 31d',
  ),
];

describe('a limit of policies', () => {
  it.each(cases)(
    'on %s is kept: what reaches it is fine, one more is told',
    (_limit, atLimit, beyond, told) => {
      expect(atLimit()).toEqual([]);
      expect(beyond().join('\n')).toContain(told);
    },
  );

  it('is tested for every limit but those that parse-policy.test.ts and liquid-wording.test.ts have', () => {
    expect(
      [...new Set([...cases.map(([limit]) => limit), 'files', 'characters', 'renderedCharacters'])].sort(),
    ).toEqual(Object.keys(LIMITS).sort());
  });
});

function sized(limit: keyof typeof LIMITS, faultsOf: (count: number) => string[], told: string): Case {
  return [limit, () => faultsOf(LIMITS[limit]), () => faultsOf(LIMITS[limit] + 1), told];
}

function extended(
  file: Record<string, unknown>,
  key: string,
  count: number,
  entry: object,
): Record<string, unknown> {
  const own = file[key] as object;
  return { ...file, [key]: { ...own, ...many(count - Object.keys(own).length, () => entry) } };
}

function starterActions(): number {
  return [...starter]
    .filter(([name]) => name.startsWith('actions/'))
    .reduce((sum, [, text]) => sum + Object.keys((parse(text) as { actions: object }).actions).length, 0);
}
