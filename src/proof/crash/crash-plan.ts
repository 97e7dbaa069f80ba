/** Where and when the service is to die. */
import type { Rng } from '../../base/rng.ts';

export interface Death {
  /** A fault point's name; '' when the signal comes from outside. */
  readonly point: string;
  /** At the how manieth pass of the point. */
  readonly after: number;
  /** When the signal comes, if the point has not by then; ms after the start. */
  readonly withinMs: number;
}

/** Steps of a turn and of what happens beside it, with how often they come by in some seconds. */
export const FAULT_POINTS: readonly (readonly [name: string, often: number])[] = [
  ['before the append', 300],
  ['append under way', 300],
  ['append durable', 300],
  ['before the push', 12],
  ['pushed', 12],
  ['before the snapshots', 12],
  ['snapshots under way', 12],
  ['snapshots durable', 12],
  ['before the checkpoint', 8],
  ['checkpoint under way', 8],
  ['checkpoint durable', 8],
  ['before the archive', 3],
  ['archive under way', 3],
  ['archived', 3],
  ['before the trim', 3],
  ['trim under way', 3],
  ['trimmed', 3],
];

/** Every third death comes from outside, at a random moment; the points take turns. */
export function planDeath(kill: number, rng: Rng): Death {
  if (kill % 3 === 0) return { point: '', after: 0, withinMs: 200 + rng.intBelow(3_300) };
  const index = Math.floor((kill * 2) / 3) % FAULT_POINTS.length;
  const [point, often] = FAULT_POINTS[index] as (typeof FAULT_POINTS)[number];
  return { point, after: 1 + rng.intBelow(often), withinMs: 4_000 };
}
