import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { PublishRequestSchema } from '../../gen/attune/v1/event_pb.ts';
import { parsePublish } from './parse-publish.ts';

test('an order is not lost behind a surplus of other properties, wherever a map puts it', () => {
  const text = (value: string) => ({ kind: { case: 'stringValue' as const, value } });
  const surplus = Array.from({ length: 70 }, (_, i) => [`p${i}`, text('x')] as const);
  const events = [
    {
      id: 'e',
      source: 's',
      name: 'Order Completed',
      identifiers: [{ kind: 'crm', value: 'u' }],
      occurredAt: timestampFromMs(1),
      properties: Object.fromEntries([...surplus, ['order_id', text('o')], ['total', text('12.50')]]),
    },
  ];
  const parsed = parsePublish(toBinary(PublishRequestSchema, create(PublishRequestSchema, { events })));
  expect(parsed).toMatchObject([
    {
      event: {
        order: { orderId: 'o', total: 12.5 },
        warnings: [{ field: 'properties', rule: 'map.max_pairs' }],
      },
    },
  ]);
  expect(JSON.stringify(parsed)).not.toContain('p65');
});
