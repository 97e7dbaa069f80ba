import { CommandError, EXIT } from '../../node/command/command-line.ts';
import type { Flags } from './call-service.ts';

/** A moment of a flag: ISO 8601 (without a zone: this machine's), or milliseconds since 1970. Throws CommandError. */
export function momentIn(flags: Flags, name: string): Date | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const at = /^\d{10,}$/.test(String(text)) ? new Date(Number(text)) : new Date(String(text));
  if (!Number.isNaN(at.getTime())) return at;
  throw new CommandError(
    `--${name} must be a time such as 2026-03-02T09:30 or 2026-03-02T09:30:00Z, not ${JSON.stringify(text)}`,
    EXIT.usage,
  );
}
