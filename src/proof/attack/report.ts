import type { BystanderFigures } from './bystanders.ts';

/** One attack from one or many addresses, and what became of the service and of those who use it. */
export interface AttackFigures extends BystanderFigures {
  readonly name: string;
  readonly addresses: number;
  /** Units of the attack that the service is known to have read; under `arrivedMin` nothing was shown. */
  readonly arrived: number;
  readonly arrivedMin: number;
  readonly connections: number;
  readonly cutBy: string;
  readonly ends: Readonly<Record<string, number>>;
  readonly attackerCpuSeconds: number;
  /** Cores that processes took which have no part in this. */
  readonly othersCores: number;
  /** The process is alive, and answers. */
  readonly lived: boolean;
  /** MiB. */
  readonly rssPeak: number;
}

export interface AttackRun {
  readonly attacks: readonly AttackFigures[];
  readonly survived: number;
  /** Without an attack. */
  readonly calm: BystanderFigures;
  /** MiB, before the first attack and a while after the last. */
  readonly rssBefore: number;
  readonly rssAfter: number;
}

const P99_MS_MAX = 100;
const HPACK_MANY_P99_MS_MAX = 300;
const RSS_MIB_MAX = 600;
const RSS_GROWTH_MAX = 1.3;

export interface BrokenLaw {
  readonly law:
    | 'lived'
    | 'arrived'
    | 'canaryErrors'
    | 'newcomersFailed'
    | 'canaryP99'
    | 'rssPeak'
    | 'rssAfter'
    | 'attacks';
  readonly sentence: string;
}

/** What was promised and does not hold. */
export function brokenLaws({ attacks, rssBefore, rssAfter }: AttackRun): BrokenLaw[] {
  const broken = attacks.flatMap(brokenBy);
  // Without an attack every law would hold and nothing would be shown.
  if (attacks.length === 0) broken.push({ law: 'attacks', sentence: 'no attack was made' });
  if (rssAfter > RSS_GROWTH_MAX * rssBefore)
    broken.push({
      law: 'rssAfter',
      sentence: `memory stays at ${rssAfter} MiB, ${rssBefore} before the attacks`,
    });
  return broken;
}

/** The caller waited too long, which an attack or a busy machine can make them do. */
export function isSlow({ name, addresses, canaryP99Ms }: AttackFigures): boolean {
  const max = name === 'hpack-bomb' && addresses > 1 ? HPACK_MANY_P99_MS_MAX : P99_MS_MAX;
  // Nobody was answered where it is -1.
  return canaryP99Ms < 0 || canaryP99Ms > max;
}

function brokenBy(attack: AttackFigures): BrokenLaw[] {
  const { name, addresses, lived, arrived, arrivedMin, rssPeak } = attack;
  const { canaryErrors, canaryCalls, newcomersFailed, newcomers, canaryP99Ms, othersCores } = attack;
  const from = addresses === 1 ? 'one address' : `${addresses} addresses`;
  const found: BrokenLaw[] = [];
  const hold = (law: BrokenLaw['law'], holds: boolean, what: string): void => {
    if (!holds) found.push({ law, sentence: `${name} from ${from}: ${what}` });
  };
  hold('lived', lived, 'the service is gone');
  hold('arrived', arrived >= arrivedMin, `${arrived} arrived, fewer than ${arrivedMin}`);
  hold('canaryErrors', canaryErrors === 0, `${canaryErrors} of ${canaryCalls} calls failed`);
  hold('newcomersFailed', newcomersFailed === 0, `${newcomersFailed} of ${newcomers} newcomers failed`);
  hold(
    'canaryP99',
    !isSlow(attack),
    `p99 of the caller is ${canaryP99Ms} ms; others took ${othersCores} cores`,
  );
  hold('rssPeak', rssPeak <= rssMaxOf(attack), `memory reached ${rssPeak} MiB`);
  return found;
}

/** Headers are held until their calls are refused, and each connection holds its own: that service only has to live. */
function rssMaxOf({ name, addresses }: AttackFigures): number {
  return name === 'held-headers' && addresses > 1 ? Number.POSITIVE_INFINITY : RSS_MIB_MAX;
}
