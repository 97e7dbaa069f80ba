import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { FRICTIONS } from '../../core/policy/policy.ts';
import { REASONS } from '../../core/reason.ts';

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Fields that hold an instant, in milliseconds since 1970; 0 means none. */
const INSTANTS = /^(at|due|until|notAfter|cartFrom|outcomeDue)$|(At|Until)$/;

/** Fields that hold a place in a list of names. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  channel: CHANNELS,
  contextChannel: CHANNELS,
  scoreChannel: CHANNELS,
  purpose: PURPOSES,
  friction: FRICTIONS,
  reason: REASONS,
};

/**
 * What our code holds, as a person reads it: ISO times in UTC, names for indices, lists for packed arrays. What was not said (0 of a
 * time, NaN, '' and undefined) is left out of an object. `name`: of the field that holds it.
 */
export function readable(value: unknown, name = ''): Json {
  if (typeof value === 'number') return readableNumber(value, name);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map((one) => readable(one, name));
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array, (one) => readable(one, name));
  if (typeof value !== 'object' || value === null) return null;
  return readableObject(value as Readonly<Record<string, unknown>>);
}

/** An instant in UTC; null: there is none. */
export function readableInstant(ms: number): Json {
  const date = new Date(ms);
  return ms === 0 || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The fields of an object that say something. */
export function readableObject(value: Readonly<Record<string, unknown>>): { readonly [name: string]: Json } {
  const fields: Record<string, Json> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined || field === '') continue;
    const told = readable(field, name);
    if (told !== null) fields[name] = told;
  }
  return fields;
}

function readableNumber(value: number, name: string): Json {
  if (INSTANTS.test(name)) return readableInstant(value);
  const names = NAMED[name];
  if (names !== undefined) return names[value] ?? null;
  return Number.isFinite(value) ? value : null;
}
