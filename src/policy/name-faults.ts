import { suggestName } from '../base/nearest-name.ts';
import { CHANNELS } from '../core/channel.ts';
import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';
import { durationMs } from './duration.ts';
import type { SourceEntry } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';
import type { YamlPath } from './yaml-source.ts';

/** Names in one field (a text or a list of texts) that are not declared, or are listed twice. */
export function namesFaults(
  entry: SourceEntry,
  field: YamlPath,
  known: readonly string[] | undefined,
  what: string,
): PolicyFault[] {
  const value = valueAt(entry.raw, field);
  const names = typeof value === 'string' ? [{ name: value, at: -1, repeated: false }] : strings(value);
  return names.flatMap(({ name, at, repeated }) => {
    const path = at < 0 ? [...entry.path, ...field] : [...entry.path, ...field, at];
    if (repeated) return [entry.source.faultAt(path, `${path.join('.')} repeats ${showValue(name)}`)];
    // A channel outside the closed list is reported by the shape already.
    if (
      known === undefined ||
      known.includes(name) ||
      (what === 'channel' && !(CHANNELS as readonly string[]).includes(name))
    )
      return [];
    return [
      entry.source.faultAt(
        path,
        `${path.join('.')} names the ${what} ${showValue(name)}, which is not declared${suggestName(name, known)}`,
      ),
    ];
  });
}

/** The texts of a raw list, each with its index; [] when it is no list. */
export function strings(value: unknown): { name: string; at: number; repeated: boolean }[] {
  if (!Array.isArray(value)) return [];
  const list = value as unknown[];
  return list.flatMap((name, at) =>
    typeof name === 'string' ? [{ name, at, repeated: list.indexOf(name) < at }] : [],
  );
}

/** Milliseconds of a raw duration; NaN when it is none. */
export function durationMsOf(value: unknown): number {
  return typeof value === 'string' ? durationMs(value) : Number.NaN;
}
