import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { readRfc3339 } from '../send/rfc3339.ts';
import type { Flags } from './call-service.ts';

const MILLISECONDS = /^\d{10,15}$/;
/** A day, with or without a time and its offset. What is more lenient reads "week 1" as the first of January 2001. */
const MOMENT = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** A moment of a flag: ISO 8601 (without a zone: this machine's), or milliseconds since 1970. Throws CommandError. */
export function momentIn(flags: Flags, name: string): Date | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const at = momentOf(String(text).trim());
  if (!Number.isNaN(at.getTime())) return at;
  throw new CommandError(
    `--${name} must be a time such as 2026-03-02T09:30 or 2026-03-02T09:30:00Z, not ${JSON.stringify(text)}`,
    EXIT.usage,
  );
}

/** NaN inside for what is no moment, days that are not in the calendar among it. */
function momentOf(text: string): Date {
  if (MILLISECONDS.test(text)) return new Date(Number(text));
  const [, day, time = '00:00', offset = ''] = MOMENT.exec(text) ?? [];
  const isDay = day !== undefined && readRfc3339(`${day}T00:00:00Z`) !== undefined;
  return new Date(isDay ? `${day}T${time}${offset}` : Number.NaN);
}
