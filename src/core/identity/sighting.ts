/** Who was seen last with the key of a device: a total order of sightings, the same for every order of arrival. */
import { murmur3 } from '../../base/hash.ts';
import type { IdentifierRule } from './identifier-rule.ts';

const SEED = 0x3b1d_0c95;

/** An event named the key of a device together with another key. */
export interface Sighting {
  /** When the event happened, ms. */
  readonly at: number;
  /** 32-bit hash of the strongest other key that the event named: of two sightings at one time the larger is the later. */
  readonly by: number;
}

/** Of a key of which nobody knows when it was seen. */
export const UNSEEN: Sighting = { at: 0, by: 0 };

export function isLater(a: Sighting, b: Sighting): boolean {
  return a.at > b.at || (a.at === b.at && a.by > b.by);
}

/** Whether keys of the kind address a device. */
export function isDeviceKind(kind: string, rules: readonly IdentifierRule[]): boolean {
  for (const rule of rules) if (rule.kind === kind) return rule.isDevice;
  return false;
}

interface Key {
  readonly kind: string;
  readonly value: string;
}

/** By which key of an event the device of another one was seen: the strongest, keys of devices last; of two of a kind the one that sorts first. */
export function sighter<K extends Key>(keys: readonly K[], rules: readonly IdentifierRule[]): K | undefined {
  const kinds = kindsByStrength(rules);
  let best: K | undefined;
  for (const key of keys) {
    const order = best === undefined ? -1 : kinds.indexOf(key.kind) - kinds.indexOf(best.kind);
    if (order < 0 || (order === 0 && best !== undefined && key.value < best.value)) best = key;
  }
  return best;
}

export function sightingOf(at: number, { kind, value }: Key): Sighting {
  return { at, by: murmur3(`${kind}:${value}`, SEED) };
}

const ordered = new WeakMap<readonly IdentifierRule[], readonly string[]>();

/** Kinds of identifier, the strongest first: those of devices address no person, and come after all others. */
export function kindsByStrength(rules: readonly IdentifierRule[]): readonly string[] {
  const known = ordered.get(rules);
  if (known !== undefined) return known;
  const kinds = [...rules.filter((rule) => !rule.isDevice), ...rules.filter((rule) => rule.isDevice)].map(
    ({ kind }) => kind,
  );
  ordered.set(rules, kinds);
  return kinds;
}

/** The weakest kind of a person's keys, in the usual order a browser's; undefined where there is only one. */
export function weakestKind(rules: readonly IdentifierRule[]): string | undefined {
  const persons = rules.filter((rule) => !rule.isDevice);
  return persons.length > 1 ? persons.at(-1)?.kind : undefined;
}
