import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { Connection } from '../../client/connection.ts';
import { settingsOf } from '../../client/settings.ts';
import { CustomerService } from '../../gen/attune/v1/customer_pb.ts';
import { ada, failure, view } from './scratch-calls.fixture.ts';
import { type Service, startService } from './scratch-server.fixture.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

test('the receipt says when and by when; nothing of the customer is in any reply after it', async () => {
  const client = service.client();
  await client.publish([view('p1')]);
  const { decisionId } = await client.decide({ identifiers: ada, placements: ['home_hero'] });
  expect((await client.explain(decisionId)).decisionId).toBe(decisionId);
  const receipt = await client.eraseCustomer({ identifiers: ada }, 'case 1');
  expect(timestampMs(receipt.completeBy as never) - timestampMs(receipt.erasedAt as never)).toBe(30 * DAY_MS);
  expect((await client.getCustomer({ identifiers: ada })).version).toBe(0n);
  expect((await failure(client.explain(decisionId))).code).toBe('NOT_FOUND');
  const whyNot = await client.whyNot({ identifiers: ada }, 'season_code', { at: new Date() });
  expect(whyNot.decisions).toEqual([]);
  const pieces: string[] = [];
  for await (const { data } of client.exportCustomer({ identifiers: ada }))
    pieces.push(Buffer.from(data).toString());
  expect(pieces.join('').trim()).toBe('null');
  expect(await client.eraseCustomer({ identifiers: ada })).toEqual(receipt);
  expect(service.faults).toEqual([]);
});

test('what was refused of the customer lately is not shown any more', async () => {
  const client = service.client();
  await client.publish([view('p1'), { ...view('p2'), id: 'secret-order-7', occurredAt: timestampFromMs(1) }]);
  expect(JSON.stringify(await refusals())).toContain('secret-order-7');
  await client.eraseCustomer({ identifiers: ada });
  const after = await refusals();
  expect(after).toHaveLength(1);
  expect(JSON.stringify(after)).not.toContain('secret-order-7');
});

async function refusals(): Promise<readonly unknown[]> {
  const { refusals: all } = await service.client().admin.listRefusals();
  return all.map(({ id, violations }) => ({ id, violations: violations.map(({ value }) => value) }));
}

test('a case of more bytes than the contract allows is refused with field and rule', async () => {
  const raw = new Connection([service.address], settingsOf({ retry: { attemptsMax: 1 } }));
  const error = await failure(
    raw.unary(CustomerService.method.erase, { customer: { identifiers: ada }, caseId: 'x'.repeat(65) }),
  );
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', violations: [{ field: 'case_id' }] });
  raw.close();
});
