import { z } from 'zod';
import { CHANNELS } from '../../core/channel.ts';
import { DURATION_PATTERN, durationMs } from '../../policy/duration.ts';
import { patterned } from '../../policy/shape-parts.ts';

// What scenario files are made of. Durations come out as milliseconds; times stay texts until the scenario runs.

export const idShape = patterned(
  /^[a-z][a-z0-9-]{0,63}$/,
  'must begin with a small letter and hold only small letters, digits and - (64 at most)',
);
export const nameShape = patterned(
  /^[a-z][a-z0-9_]{0,47}$/,
  'must begin with a small letter and hold only small letters, digits and _ (48 at most)',
);
export const durationShape = patterned(
  DURATION_PATTERN,
  'must be a whole number and a unit, such as "90s", "15m", "24h" or "30d"',
)
  .transform(durationMs)
  .describe('A whole number and a unit: "500ms", "90s", "15m", "24h", "30d", "2w".');

/** An instant, or a duration after the scenario's start ("+90s") or after a mark ("left+90s"). */
export const TIME_PATTERN =
  /^(?:(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))|([a-z][a-z0-9_]{0,47})?(?:\+(\d{1,9}(?:ms|s|m|h|d|w)))?)$/;
export const timeShape = patterned(
  TIME_PATTERN,
  'must be an instant ("2026-03-03T10:00:00Z"), a duration after the start ("+90s") or a mark, with or without a duration ("left+90s")',
).describe(
  'An instant ("2026-03-03T10:00:00Z"), a duration after the start ("+90s"), or a mark with or without one ("left", "left+90s").',
);
/** How far the clock goes: so long (milliseconds), or to a time, which may also stand alone. */
export const clockShape = z.union([
  patterned(
    new RegExp(`${DURATION_PATTERN.source}|(?=.)${TIME_PATTERN.source}`),
    'must be a duration ("90s", "24h", "30d"), an instant ("2026-03-03T10:00:00Z"), or a mark with or without a duration ("left+90s")',
  ).transform((text) => (DURATION_PATTERN.test(text) ? durationMs(text) : { to: text })),
  z.strictObject({ to: timeShape }),
]);
export const instantShape = patterned(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/,
  'must be an instant with its offset, such as "2026-03-03T10:00:00Z"',
);

export const textShape = z.string().min(1).max(2_000);
export const countShape = z.number().int().min(0).max(1_000_000);

/** One text, or several of which any will do. */
export const anyTextShape = z.union([textShape, z.array(textShape).min(1).max(100)]);
/** One text, or several that must all hold. */
export const allTextsShape = z.union([textShape, z.array(textShape).min(1).max(100)]);
export const scalarShape = z.union([z.string(), z.number(), z.boolean()]);

/** Kind → value, or several of the kind. */
export const identifiersShape = z
  .record(z.string(), z.union([textShape, z.array(textShape).min(1).max(8)]))
  .describe(
    'Kind → value, or a list of values. Values that begin with "hash:" are sent as the SHA-256 of the rest.',
  );
export type ScenarioIdentifiers = z.infer<typeof identifiersShape>;

/** A zone, or null for none although the customer declares one. */
export const zoneShape = textShape.nullable();

export const scenarioChannelShape = z.enum(CHANNELS);

/** A list, or a single entry without a dash. */
export function oneOrMore<S extends z.ZodType>(entry: S) {
  return z.union([entry, z.array(entry).min(1).max(500)]);
}

/** The entries of a `oneOrMore` as a list. */
export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
