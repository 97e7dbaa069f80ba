import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { encodeRecord } from '../../codec/stored/record-codec.ts';
import { sampleDecision } from '../../codec/stored/sample-values.fixture.ts';
import { browserHash } from '../../core/event/landing-token.ts';
import type { EventFact, Fact } from '../../core/fact/fact.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { openDiskStores } from '../../node/open-disk-stores.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { policyContext } from '../../policy/policy-context.ts';
import { strictShopFiles } from '../oracle/strict-shop.ts';
import { checkLog } from './check-log.ts';
import { Promised } from './promised.ts';

const directory = mkdtempSync(join(tmpdir(), 'attune-check-log-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const to = addresseeOf('loyalty', 'L1');
const AT = Date.UTC(2026, 2, 3, 10);

function event(id: string): EventFact {
  return {
    kind: 'event',
    customer: to.id,
    key: to.key,
    identifiers: [],
    source: 'crash',
    id,
    idHash: 1,
    bodyHash: 1,
    name: 'Page Viewed',
    at: AT,
    receivedAt: AT,
    zone: '',
    offsetMin: Number.NaN,
    locale: '',
    hourOfWeek: 0,
    channel: 0,
    sessionId: '',
    historical: false,
    currency: '',
    rate: 1,
    products: [],
    order: undefined,
    consent: undefined,
    friction: 0,
  };
}

/** A fence, then a record of each fact. */
async function written(name: string, facts: readonly Fact[]): Promise<string> {
  const dir = join(directory, name);
  const stores = await openDiskStores(
    { mode: 'serve', dir, shards: 1, acceptLoss: false },
    quietObserver,
    () => AT,
  );
  const fence: Fact = { kind: 'fence', node: 'a', at: AT };
  for (const [last, fact] of [fence, ...facts].entries())
    await stores.log.append(
      0,
      last,
      encodeRecord({ generation: 1, epoch: 1, batch: `b.${last}`, at: AT }, [fact]),
    );
  await stores.close();
  return dir;
}

test('a browser stands for whom a message of theirs says, also when another one was them then, and for nobody else', async () => {
  const parsed = parsePolicy(strictShopFiles(), policyContext);
  if (!parsed.ok) throw new Error('the policy has faults');
  const one = addresseeOf('email_sha256', 'b'.repeat(64));
  const landed = addresseeOf('anonymous', 'landed');
  const stranger = addresseeOf('anonymous', 'stranger');
  const estate = new Uint8Array();
  const standing = { kind: 'provisional', to: one.id, at: AT, until: AT + 1 } as const;
  const { id: customer, key } = to;
  const dir = await written('landings', [
    { kind: 'absorb-out', customer: one.id, key: one.key, to: key, claim: 1, estate, at: AT },
    {
      kind: 'token-spent',
      ...{ customer, ref: { seq: 1, index: 0, choice: 0 }, browser: browserHash(landed.key), at: AT },
    },
    { ...standing, customer: landed.id, key: landed.key },
    {
      kind: 'unlinked',
      ...{ customer, link: { seq: 1, index: 0 }, own: emptyProfile(customer, key), given: [], at: AT },
      ...{ parted: [{ key: one.key, claim: 1, estate }], by: 'desk', reason: '' },
    },
    {
      kind: 'restored',
      ...{ customer: one.id, key: one.key, from: customer, state: emptyProfile(one.id, one.key) },
      ...{ dispatches: [], at: AT },
    },
    { ...standing, customer: stranger.id, key: stranger.key },
  ]);
  const check = await checkLog(dir, parsed.policy, new Promised(), AT);
  expect(check.guardrailsBroken).toEqual([
    `landing: 0/7/0: a browser stands for ${one.id}, who spent no token on it`,
  ]);
});

test('what was acknowledged and is not there, is there twice, or was never authorised is named', async () => {
  const parsed = parsePolicy(strictShopFiles(), policyContext);
  if (!parsed.ok) throw new Error('the policy has faults');
  const stores = await openDiskStores(
    { mode: 'serve', dir: join(directory, 'data'), shards: 1, acceptLoss: false },
    quietObserver,
    () => AT,
  );
  const records: [epoch: number, facts: Fact[]][] = [
    [1, [{ kind: 'fence', node: 'a', at: AT }]],
    [1, [event('e1'), event('e2')]],
    [3, [{ kind: 'fence', node: 'b', at: AT }]],
    // A dead owner's late append: not there.
    [1, [event('e3')]],
    [3, [event('e2')]],
    [3, [{ kind: 'timer-fired', customer: to.id, timer: 0, key: 'checkout_exit', due: AT, at: AT }]],
    [3, [{ ...sampleDecision(), customer: to.id, key: to.key, requestId: 'r2', choices: [] }]],
  ];
  for (const [last, [epoch, facts]] of records.entries())
    await stores.log.append(
      0,
      last,
      encodeRecord({ generation: 1, epoch, batch: `b.${last}`, at: AT }, facts),
    );
  await stores.close();
  const promised = new Promised();
  for (const id of ['e1', 'e2', 'e3']) promised.event({ source: 'crash', id });
  promised.decide({ requestId: 'r1' }, '1-0-2-0');
  promised.decide({ requestId: 'r2' }, '1-0-2-0');
  promised.decide({ requestId: 'r2' }, '1-0-7-0');
  promised.feedback.add('push-1');
  promised.sent.set('1-0-2-0-0', 1);
  const check = await checkLog(join(directory, 'data'), parsed.policy, promised, AT);
  expect(check.lost).toEqual([
    'event crash e3 was acknowledged and is not in the log',
    'feedback push-1 was acknowledged and is not in the log',
    'decide r1 was acknowledged and is not in the log',
  ]);
  expect(check.doubled).toEqual([
    'event crash e2 is at 0/2/1 and at 0/5/0',
    'decide r2 was answered as 0/2/0, and stands at 0/7/0',
  ]);
  expect(check.unlogged).toEqual(['push 1-0-2-0-0 attempt 1: no decision to send it is in the log']);
  expect(check.guardrailsBroken).toEqual([expect.stringContaining('was not set')]);
});
