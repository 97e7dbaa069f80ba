/** The attacker's own process, so that its work does not disturb the clock of those who behave: its plan is its argument. */
import { ATTACKS } from './attacks.ts';
import { runAttacker } from './run-attacker.ts';

/** An attacker's orders, as JSON. */
export interface AttackPlan {
  readonly name: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly seconds: number;
  readonly paths: readonly string[];
  readonly openPaths: readonly string[];
  readonly token: string;
  /** In base64, with the five bytes that stand before a message. */
  readonly bodies: Readonly<Record<string, string>>;
}

/** What it reports, as one line of JSON. */
export interface AttackReport {
  readonly arrived: number;
  readonly arrivedMin: number;
  readonly connections: number;
  readonly cutBy: string;
  /** How calls and connections ended, and how often. */
  readonly ends: Readonly<Record<string, number>>;
  /** CPU that the attacker took. */
  readonly cpuSeconds: number;
}

const plan = JSON.parse(process.argv[2] as string) as AttackPlan;
const make = ATTACKS[plan.name];
if (make === undefined) throw new Error(`There is no attack "${plan.name}".`);
const bodies = Object.fromEntries(
  Object.entries(plan.bodies).map(([path, text]) => [path, Buffer.from(text, 'base64')]),
);
const attack = make({ ...plan, bodies });
const tally = await runAttacker(attack, plan);
const { user, system } = process.cpuUsage();
const report: AttackReport = {
  arrived: tally.arrived,
  arrivedMin: attack.arrivedMin,
  connections: tally.connectionsMade,
  cutBy: tally.cutBy(),
  ends: Object.fromEntries([...tally.connections, ...tally.calls]),
  cpuSeconds: (user + system) / 1_000_000,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
