import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../channel.ts';
import { FRICTIONS, STAGES } from '../policy/policy.ts';
import { strangerTraits, TRAITS, type TraitSpec } from './trait-spec.ts';

const specs: readonly TraitSpec[] = TRAITS;

describe('the traits', () => {
  it('have each a name of its own and a sentence that ends with a full stop', () => {
    expect(new Set(specs.map((spec) => spec.name)).size).toBe(specs.length);
    for (const spec of specs) expect([spec.name, /^[A-Z].*\.$/.test(spec.doc)]).toEqual([spec.name, true]);
  });

  it('of closed sets name exactly what core can put there', () => {
    const values = (name: string): readonly string[] =>
      specs.find((spec) => spec.name === name)?.values ?? [];
    expect(values('stage')).toEqual(STAGES);
    expect(values('friction')).toEqual(FRICTIONS);
    expect(values('active_channel')).toEqual(['', ...CHANNELS]);
    expect(values('context_channel')).toEqual(['', ...CHANNELS]);
  });

  it('of a stranger have each a value of its type, within its closed set', () => {
    const { bought: _, attributes: __, ...rest } = strangerTraits();
    const traits: Readonly<Record<string, unknown>> = rest;
    expect(Object.keys(traits)).toEqual(specs.map((spec) => spec.name));
    for (const { name, type, values } of specs) {
      const value = traits[name];
      const found = Array.isArray(value) ? 'list<string>' : typeof value;
      expect([name, found]).toEqual([
        name,
        type === 'double' ? 'number' : type === 'bool' ? 'boolean' : type,
      ]);
      if (values !== undefined) expect(values).toContain(value);
    }
  });
});
