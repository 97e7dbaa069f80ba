/** A shop that gives codes away out of a budget, and how much its log says that it gave. */
import { createHash } from 'node:crypto';
import { DAY_MS } from '../../base/clock.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import type { Fact } from '../../core/fact/fact.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { strictShopFiles } from '../../proof/oracle/strict-shop.ts';
import { decideInput, event, type Node, type Stores } from '../engine.fixture.ts';

export const PER_DAY = 100;

/** Codes for whoever agrees: 8.00 or 12.00 of an order of 80, and 0.001 for the message. */
export function budgetedShop(): Policy {
  const files = strictShopFiles({ budgetPerDay: PER_DAY });
  // Nothing else is worth saying.
  const actions = files.get('actions/all.yaml')?.replace('engagement_value: 20', 'engagement_value: 0');
  const parsed = parsePolicy(new Map([...files, ['actions/all.yaml', actions ?? '']]), {
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    zoneExists: () => true,
    localeExists: () => true,
  });
  if (!parsed.ok) throw new Error(parsed.faults.map((fault) => fault.message).join('\n'));
  return parsed.policy;
}

export const customer = (name: string) => ({ identifiers: [{ kind: 'loyalty', value: name }] });

/** Everybody agrees to e-mail and is offered what there is, so many at once. */
export async function offerAll(
  node: Node,
  names: readonly string[],
  request: string,
  atOnce: number,
): Promise<void> {
  const said = { properties: { channel: 'email', purpose: 'marketing', granted: true, confirmed: true } };
  const at = node.clock.now();
  await Promise.all(
    names.map((name) => node.publish(event('Consent Updated', at, { ...customer(name), ...said }))),
  );
  const ask = (name: string) =>
    node.decide(decideInput(`${request}-${name}`, { ...customer(name), placements: [], dispatch: true }));
  for (let from = 0; from < names.length; from += atOnce)
    await Promise.all(names.slice(from, from + atOnce).map(ask));
}

export function factsOf(stores: Stores): Fact[] {
  const facts: Fact[] = [];
  for (const shard of stores.log.values())
    for (const bytes of shard.records) facts.push(...decodeRecord(bytes).facts);
  return facts;
}

/** What decisions of the log reserve on a day, in currency, and how many of them. */
export function reservedOn(stores: Stores, at: number): { readonly sum: number; readonly offers: number } {
  const day = Math.floor(at / DAY_MS);
  const reserved = factsOf(stores)
    .flatMap((fact) => (fact.kind === 'decision' ? fact.choices : []))
    .flatMap((choice) => choice.offer?.reserved ?? [])
    .filter((entry) => entry.day === day);
  return {
    sum: reserved.reduce((sum, { discount, message }) => sum + discount + message, 0) / 1e6,
    offers: reserved.length,
  };
}
