import { flagOf } from '../../config/option.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import type { Flags } from './call-service.ts';

/** The number of a flag; undefined where it was not given. Throws CommandError for one outside of its bounds. */
export function numberIn(
  flags: Flags,
  name: string,
  min: number,
  max: number,
  whole = false,
): number | undefined {
  const given = flags[name];
  if (given === undefined) return undefined;
  const value = /^\d{1,15}(?:\.\d{1,15})?$/.test(String(given).trim()) ? Number(given) : Number.NaN;
  if (value >= min && value <= max && (!whole || Number.isSafeInteger(value))) return value;
  const wanted = `a ${whole ? 'whole ' : ''}number from ${min}${max === Number.POSITIVE_INFINITY ? '' : ` to ${max}`}`;
  throw new CommandError(`${flagOf(name)} must be ${wanted}, not ${JSON.stringify(given)}`, EXIT.usage);
}
