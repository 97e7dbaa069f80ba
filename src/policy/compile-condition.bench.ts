/**
 * What evaluating one condition costs: each condition of the starter policy, in turn, on customers who differ, run by the
 * library's interpreter and as the closures that decisions use. Prints one JSON object;
 * `node src/policy/compile-condition.bench.ts`. Not measured: computing the traits, and the memo that lets a decision
 * evaluate each condition once.
 */
import { join } from 'node:path';
import type { Condition } from '../core/policy/policy.ts';
import { strangerTraits } from '../core/trait/trait-spec.ts';
import { conditionEnvironment } from './condition-environment.ts';
import { parsePolicyDirectory } from './policy-directory.ts';

const ROUNDS = 50_000;
const stranger = strangerTraits();
const buyer = {
  ...stranger,
  stage: 'active',
  is_known: true,
  is_anonymous: false,
  orders: 4,
  revenue: 400,
  discount_share: 0.5,
  days_since_order: 20,
  category_top: 'coats',
  categories: ['coats', 'shoes'],
  owned_categories: ['coats', 'bags'],
  views_14d: 5,
  viewed_minutes_ago: 100,
  cart_items: 1,
  cart_value: 80,
  cart_minutes_ago: 1_000,
  active_channel: 'web',
};
const customers = [stranger, buyer, { ...buyer, stage: 'lapsed', days_since_order: 100 }];
const parsed = parsePolicyDirectory(join(import.meta.dirname, '../../policies/starter'));
if (!parsed.ok) throw new Error('the starter policy has faults');

/** Nanoseconds per evaluation, by condition. */
function timed(tests: readonly Condition['test'][]): number[] {
  return tests.map((test) => {
    const run = (): void => {
      for (let round = 0; round < ROUNDS; round++) test(customers[round % customers.length] ?? stranger);
    };
    run();
    const started = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - started) / ROUNDS;
  });
}

function figures(ns: readonly number[]): { medianNs: number; maxNs: number; slowest: string | undefined } {
  const sorted = [...ns].sort((a, b) => a - b);
  const [median, max] = [sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0];
  return {
    medianNs: Math.round(median),
    maxNs: Math.round(max),
    slowest: conditions[ns.indexOf(max)]?.source,
  };
}

const { conditions } = parsed.policy;
const interpreted = conditions.map(({ source }): Condition['test'] => {
  const program = conditionEnvironment.parse(source);
  program.check();
  return (traits) => program(traits) === true;
});
console.log(
  JSON.stringify({
    conditions: conditions.length,
    interpreted: figures(timed(interpreted)),
    compiled: figures(timed(conditions.map(({ test }) => test))),
  }),
);
