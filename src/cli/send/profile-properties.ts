/** What a line tells of a customer's profile, as the properties of `Profile Updated`. */
import type { EventInit } from '../../client/event-init.ts';
import { canonicalName } from '../../core/event/known-names.ts';
import type { JsonObject } from '../json-line.ts';
import { propertyValue } from './property-value.ts';
import { kindOf } from './read-value.ts';

export const PROFILE_UPDATED = 'Profile Updated';

/** Keys, which the service never sees as they are written: see read-identifiers.ts. */
const KEYS: ReadonlySet<string> = new Set(['email', 'phone']);

export function isProfileEvent(name: string): boolean {
  return canonicalName(name) === PROFILE_UPDATED;
}

/** A value as one property can carry it: null removes, a list of texts is its JSON; undefined: a property has no place for it. */
export function profileValue(value: unknown): string | number | boolean | undefined {
  if (value === null) return '';
  if (Array.isArray(value))
    return value.every((one) => typeof one === 'string' || typeof one === 'number')
      ? JSON.stringify(value)
      : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined;
}

/** `field`: where they stand, for warnings of what is left out. */
export function profileProperties(
  told: JsonObject,
  field: string,
  warn: (sentence: string) => void,
): NonNullable<EventInit['properties']> {
  const properties: NonNullable<EventInit['properties']> = {};
  for (const [name, value] of Object.entries(told)) {
    if (KEYS.has(name)) continue;
    const kept = propertyValue(profileValue(value));
    if (kept !== undefined) properties[name] = kept;
    else warn(`${field}.${name} is ${kindOf(value)}; it is left out`);
  }
  return properties;
}
