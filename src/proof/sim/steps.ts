/** What callers do in a world, and how often. */
const SHARES = {
  event: 0.4,
  decide: 0.36,
  read: 0.05,
  link: 0.01,
  unlink: 0.02,
  repeatEvent: 0.05,
  repeatDecide: 0.06,
  /** Of a person, by some key of theirs. */
  erase: 0.012,
  /** An old list, with who was forgotten on it. */
  reimport: 0.018,
  /** A walk through everybody who is in the audience. */
  list: 0.02,
  /** The family's phone in somebody's hand. */
  phone: 0.03,
  /** An address of which nobody knows yet, beside a key of somebody's. */
  newAddress: 0.015,
} as const;

export type Step = keyof typeof SHARES;

/** A world in which some steps come so many times as often as in others; for a mutant that shows only in them. */
export type WorldShape = Partial<Readonly<Record<Step, number>>>;

/** Which step it is, for a draw over [0, 1). */
export function stepAt(draw: number, shape: WorldShape = {}): Step {
  const shares = Object.entries(SHARES) as [Step, number][];
  const weightOf = ([step, share]: [Step, number]): number => share * (shape[step] ?? 1);
  let left = draw * shares.reduce((sum, one) => sum + weightOf(one), 0);
  for (const one of shares) {
    left -= weightOf(one);
    if (left < 0) return one[0];
  }
  return 'event';
}
