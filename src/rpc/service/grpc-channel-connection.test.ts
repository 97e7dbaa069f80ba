import { expect, test } from 'vitest';
import { branded, type CustomerId } from '../../base/brand.ts';
import type { Choice } from '../../core/fact/fact.ts';
import type { ChannelConnection, Delivery, PublishOutcome } from '../../port/customers.ts';
import type { BidiCall } from '../call.ts';
import { GrpcChannelConnection } from './grpc-channel-connection.ts';

const accepted = (): Promise<PublishOutcome> => Promise.resolve({ kind: 'accepted' });

function delivery(dispatchId: string, attempt = 1): Delivery {
  const choice = { kind: 'treatment', channel: 3, action: 'a', variant: 'v', notAfter: 1_000 };
  return {
    ...{ dispatchId, customerId: branded<CustomerId>('c'), actor: 'c', identifiers: [], channel: 3, attempt },
    ...{ choice: choice as Choice, notAfter: 1_000, tracking: 't' },
  };
}

test('a delivery gives its credits back with its first answer, also where that is a withdrawal', async () => {
  const call = { write: () => {}, bufferedBytes: 0, fail: () => {} } as unknown as BidiCall;
  const credits: number[] = [];
  const open: ChannelConnection = {
    kind: 'connected',
    credit: (count) => void credits.push(count),
    forgot: accepted,
    ...{ accepted, rejected: accepted, withdrawn: accepted, feedback: accepted, close: () => {} },
  };
  const connection = new GrpcChannelConnection(call);
  connection.open(open);
  connection.deliver(delivery('a'));
  connection.deliver(delivery('a', 2));
  connection.deliver(delivery('b'));
  await connection.answer({ kind: 'withdrawn', dispatchId: 'b', tooLate: false });
  await connection.answer({ kind: 'accepted', dispatchId: 'b' });
  await connection.answer({ kind: 'accepted', dispatchId: 'a' });
  await connection.answer({ kind: 'withdrawn', dispatchId: 'a', tooLate: true });
  await connection.answer({ kind: 'accepted', dispatchId: 'never-delivered' });
  expect(credits).toEqual([1, 2]);
});
