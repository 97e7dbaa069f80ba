import { create } from '@bufbuild/protobuf';
import { TRAITS, type Traits, type TraitValues } from '../../core/trait/trait-spec.ts';
import { type TraitValue, TraitValueSchema } from '../../gen/attune/v1/value_pb.ts';

/** All traits by name; with `before`, only those that are different now. */
export function traitsMessage(traits: Traits, before?: Traits): Record<string, TraitValue> {
  const message: Record<string, TraitValue> = {};
  for (const { name } of TRAITS) {
    if (before === undefined || !sameTrait(traits[name], before[name]))
      message[name] = traitValue(traits[name]);
  }
  return message;
}

/** A value of a trait or an attribute. */
export function traitValue(value: TraitValues[keyof TraitValues]): TraitValue {
  if (typeof value === 'string') return create(TraitValueSchema, { kind: { case: 'stringValue', value } });
  if (typeof value === 'number') return create(TraitValueSchema, { kind: { case: 'doubleValue', value } });
  if (typeof value === 'boolean') return create(TraitValueSchema, { kind: { case: 'boolValue', value } });
  return create(TraitValueSchema, { kind: { case: 'listValue', value: { values: [...value] } } });
}

function sameTrait(a: TraitValues[keyof TraitValues], b: TraitValues[keyof TraitValues]): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((text, at) => text === b[at]);
}
