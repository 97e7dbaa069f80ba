/** Random lives of people who share devices: who is seen with which, in whatever order it is told, and what a desk does meanwhile. */
import type { Rng } from '../../base/rng.ts';

/** People and devices by their number. */
export type DeviceMoment =
  /** Somebody is seen with devices; by their address, their phone number, or both. */
  | {
      readonly kind: 'seen';
      readonly who: number;
      readonly by: 'address' | 'number' | 'both';
      readonly devices: readonly number[];
      readonly ago: number;
    }
  /** A device tells something by itself. */
  | { readonly kind: 'alone'; readonly device: number; readonly ago: number }
  /** A desk takes two for one, and parts them again. */
  | { readonly kind: 'link'; readonly who: number; readonly other: number }
  | { readonly kind: 'unlink' }
  | { readonly kind: 'erase'; readonly who: number };

export interface DeviceLife {
  readonly people: number;
  readonly devices: number;
  readonly moments: readonly DeviceMoment[];
  /** Everything is told at the same time. */
  readonly isAtOnce: boolean;
}

const MOMENTS_MAX = 10;

export function drawDeviceLife(rng: Rng): DeviceLife {
  const people = 2 + rng.intBelow(3);
  const devices = 1 + rng.intBelow(3);
  const isAtOnce = rng.float() < 0.3;
  const hasDesk = !isAtOnce && rng.float() < 0.5;
  const count = 3 + rng.intBelow(MOMENTS_MAX - 2);
  const agos = inAnyOrder(
    rng,
    Array.from({ length: count }, (_, n) => (n + 1) * 60_000),
  );
  const moments = agos.map((ago): DeviceMoment => {
    const chance = rng.float();
    const who = rng.intBelow(people);
    if (!isAtOnce && chance < 0.2) return { kind: 'alone', device: rng.intBelow(devices), ago };
    if (hasDesk && chance < 0.26) return { kind: 'erase', who };
    const several = rng.float() < 0.2 ? [0, 1] : [rng.intBelow(devices)];
    return {
      ...{ kind: 'seen', who, ago, by: (['address', 'number', 'both'] as const)[rng.intBelow(3)] ?? 'both' },
      devices: several.filter((device) => device < devices),
    };
  });
  if (hasDesk) {
    const who = rng.intBelow(people);
    const from = rng.intBelow(Math.ceil(count / 2));
    moments.splice(from, 0, { kind: 'link', who, other: (who + 1) % people });
    moments.splice(from + 1 + rng.intBelow(moments.length - from), 0, { kind: 'unlink' });
  }
  return { people, devices, moments, isAtOnce };
}

export function inAnyOrder<T>(rng: Rng, all: readonly T[]): readonly T[] {
  const some = [...all];
  for (let i = some.length - 1; i > 0; i--) {
    const j = rng.intBelow(i + 1);
    [some[i], some[j]] = [some[j] as T, some[i] as T];
  }
  return some;
}
