/** Keys of one customer for which something was decided in different arms: what comes of it says nothing of an arm. */
import { expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import type { Fact, OutcomeFact } from '../../core/fact/fact.ts';
import { isHeldOut } from '../../core/guardrail/holdout.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Policy } from '../../core/policy/policy.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  type Stores,
  starterPolicy,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

const policy: Policy = { ...starterPolicy(), holdout: 0.5 };

type Key = { readonly kind: string; readonly value: string };

/** A key of the kind whose customer is held out, or not. */
function keyIn(kind: string, heldOut: boolean): Key {
  for (let n = 0; ; n++) {
    const key = { kind, value: `${kind}-${n}` };
    if (isHeldOut(policy, addresseeOf(key.kind, key.value).id) === heldOut) return key;
  }
}

const viewed = (at: number, ...identifiers: Key[]) =>
  event('Product Viewed', at, { identifiers, products: [product('coat')] });

async function decided(node: Node, requestId: string, ...identifiers: Key[]) {
  const outcome = await node.decide(decideInput(requestId, { identifiers }));
  if (outcome.kind !== 'decided') throw new Error(outcome.message);
  return outcome.fact;
}

function outcomesOf({ log }: Stores): OutcomeFact[] {
  const facts: Fact[] = [...log.values()].flatMap(({ records }) =>
    records.flatMap((bytes) => decodeRecord(bytes).facts),
  );
  return facts.filter((fact) => fact.kind === 'outcome');
}

const bounds = { hotMs: 1e12 };

test.for([true, false])(
  'a browser was decided for in another arm than the account has (held out: %s): the customer is mixed from the login on',
  async (heldOut) => {
    const stores = emptyStores();
    const node = await startNode(stores, { bounds, policy });
    const [browser, account] = [keyIn('anonymous', !heldOut), keyIn('crm', heldOut)];
    await node.publish(viewed(TUESDAY - 900, browser));
    expect(await decided(node, 'r1', browser)).toMatchObject({ heldOut: !heldOut, mixed: false });
    await node.publish(viewed(TUESDAY - 800, browser, account));
    // The account's arm stays.
    expect(await decided(node, 'r2', account)).toMatchObject({ heldOut, mixed: true });
    await node.advanceTo(TUESDAY + 40 * DAY_MS);
    const outcomes = outcomesOf(stores);
    expect(outcomes.length).toBeGreaterThan(1);
    // Also of the decision before the login, whose window holds what they did after it.
    expect(outcomes.filter(({ mixed }) => !mixed)).toEqual([]);
    await node.engine.stop();
    const again = await startNode(stores, { bounds, policy, node: 'b', now: TUESDAY + 41 * DAY_MS });
    expect(await decided(again, 'r3', account)).toMatchObject({ heldOut, mixed: true });
    await again.engine.stop();
  },
);

test('a browser in the same arm, or for which nothing was decided, mixes nothing', async () => {
  const node = await startNode(emptyStores(), { policy });
  const account = keyIn('crm', true);
  const [same, silent] = [keyIn('anonymous', true), keyIn('anonymous', false)];
  await node.publish(viewed(TUESDAY - 900, same));
  await decided(node, 'r1', same);
  await node.publish(viewed(TUESDAY - 850, silent));
  for (const browser of [same, silent]) await node.publish(viewed(TUESDAY - 800, browser, account));
  expect(await decided(node, 'r2', account)).toMatchObject({ heldOut: true, mixed: false });
  await node.engine.stop();
});
