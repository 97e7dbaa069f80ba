import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { renderFault } from '../core/policy/policy-fault.ts';
import { type ParsedPolicy, parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { readPolicyDirectory } from './policy-directory.ts';

const minimal = readPolicyDirectory(join(import.meta.dirname, '../../policies/minimal'));

/** The minimal policy with attributes, and an action whose one variant has a condition and a slot. */
function parsed(attributes: unknown, action: { when?: string; from?: string } = {}): ParsedPolicy {
  const policy = parse(minimal.get('policy.yaml') ?? '') as object;
  const greet = {
    ...{ title: 'Greet', purpose: 'service', promotion: false, subject: 'none' },
    ...{ channels: ['web'], placements: ['home'] },
    ...(action.when !== undefined && { when: action.when }),
    variants: {
      a: { template: 'a', text: 'Hello {word}', slots: { word: { from: action.from ?? 'trait.locale' } } },
    },
  };
  return parsePolicy(
    new Map([
      ...minimal,
      ['policy.yaml', stringify({ ...policy, attributes })],
      ['actions/greet.yaml', stringify({ actions: { greet } })],
    ]),
    policyContext,
  );
}

function faults(...given: Parameters<typeof parsed>): readonly string[] {
  const found = parsed(...given);
  return found.ok ? [] : found.faults.map((fault) => renderFault(fault).replace(/^([^:]+):\d+:\d+/, '$1'));
}

describe('what a shop may tell', () => {
  it('is declared with its type, personal and as long as may be where nothing else is said', () => {
    const found = parsed({
      first_name: { type: 'text' },
      tier: { type: 'text', personal: false, max_length: 20 },
      birthday: { type: 'date' },
    });
    expect(found.ok && found.policy.attributes).toEqual([
      { name: 'first_name', type: 'text', isPersonal: true, charsMax: 256 },
      { name: 'tier', type: 'text', isPersonal: false, charsMax: 20 },
      { name: 'birthday', type: 'date', isPersonal: true, charsMax: 256 },
    ]);
    const none = parsed(undefined);
    expect(none.ok && none.policy.attributes).toEqual([]);
  });

  it('is asked in conditions and shown in slots, by names that are declared', () => {
    const tier = { tier: { type: 'text' } };
    expect(faults(tier, { when: 'attributes.tier == "gold"', from: 'attributes.tier' })).toEqual([]);
    expect(faults(tier, { when: 'attributes.teir == "gold"' })).toEqual([
      'actions/greet.yaml: actions.greet.when asks for the attribute "teir", which policy.yaml does not declare; did you mean "tier"?',
    ]);
    expect(faults(tier, { from: 'attributes.teir' })).toEqual([
      'actions/greet.yaml: actions.greet.variants.a.slots.word.from is "attributes.teir", but policy.yaml declares no attribute "teir"; did you mean "tier"?',
    ]);
    expect(faults(undefined, { from: 'attributes.tier' })).toEqual([
      'actions/greet.yaml: actions.greet.variants.a.slots.word.from is "attributes.tier", but policy.yaml declares no attribute "tier"; none is declared',
    ]);
  });

  it('is refused where its type is none, its name is that of another, or a bound means nothing', () => {
    const use = { when: 'attributes.tier == "gold"', from: 'attributes.tier' };
    // What is faulty where it is declared is told there alone.
    expect(faults({ tier: { type: 'string' } }, use)).toEqual([
      'policy.yaml: attributes.tier.type is "string"; it must be one of text, number, flag, date, texts',
    ]);
    expect(faults({ tier: 'text' }, use)).toEqual([
      'policy.yaml: attributes.tier is "text"; it must be a mapping with "type"',
    ]);
    expect(faults({ first_name: { type: 'text' }, firstname: { type: 'text' } })).toEqual([
      'policy.yaml: attributes.firstname is the same name as attributes.first_name: capitals, spaces and _ do not count in what a shop sends',
    ]);
    expect(faults({ vip: { type: 'flag', max_length: 3 } })).toEqual([
      'policy.yaml: attributes.vip.max_length has a meaning only for text and texts',
    ]);
    expect(faults({ tier: { type: 'text', max_length: 257 } })).toEqual([
      'policy.yaml: attributes.tier.max_length is 257; it must be at most 256',
    ]);
  });
});
