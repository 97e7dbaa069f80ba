import { type AttributeSpec, type AttributeValue, UNKNOWN_ATTRIBUTE } from '../attribute/attribute.ts';
import type { Traits } from './trait-spec.ts';

/** Reads an attribute; where it is not known, what stands for that. */
export function attributeReader({ name, type }: AttributeSpec): (traits: Traits) => AttributeValue {
  const unknown = UNKNOWN_ATTRIBUTE[type];
  return ({ attributes }) => attributes.value(name, type) ?? unknown;
}

/** Whether an attribute is known. */
export function attributeTest({ name, type }: AttributeSpec): (traits: Traits) => boolean {
  return ({ attributes }) => attributes.value(name, type) !== undefined;
}
