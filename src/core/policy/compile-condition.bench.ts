/**
 * What evaluating one condition costs: each condition of the starter policy, in turn, on customers who differ. Prints one
 * JSON object; `node src/core/policy/compile-condition.bench.ts`. Not measured: computing the traits, and the memo that lets
 * a decision evaluate each condition once.
 */
import { join } from 'node:path';
import { parsePolicyDirectory } from '../../cli/policy-directory.ts';
import { strangerTraits } from '../trait/trait-spec.ts';

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
const parsed = parsePolicyDirectory(join(import.meta.dirname, '../../../policies/starter'));
if (!parsed.ok) throw new Error('the starter policy has faults');

const timed = parsed.policy.conditions.map(({ source, test }) => {
  const run = (): void => {
    for (let round = 0; round < ROUNDS; round++) test(customers[round % customers.length] ?? stranger);
  };
  run();
  const started = process.hrtime.bigint();
  run();
  return { source, ns: Number(process.hrtime.bigint() - started) / ROUNDS };
});
timed.sort((a, b) => a.ns - b.ns);
const [median, slowest] = [timed[timed.length >> 1], timed.at(-1)];
console.log(
  JSON.stringify({
    conditions: timed.length,
    medianNs: Math.round(median?.ns ?? 0),
    maxNs: Math.round(slowest?.ns ?? 0),
    slowest: slowest?.source,
  }),
);
