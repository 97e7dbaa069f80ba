import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { WatchedDecisionSchema } from '../../gen/attune/v1/admin_pb.ts';
import { tailLines } from './tail.ts';

test('a decision of another policy than the one before is told as such, the first one of any is not', () => {
  const decided = (policyVersion: string) => create(WatchedDecisionSchema, { decision: { policyVersion } });
  expect(tailLines(decided('shop@1'), '')).toEqual([]);
  expect(tailLines(decided('shop@1'), 'shop@1')).toEqual([]);
  expect(tailLines(decided('shop@2'), 'shop@1')).toEqual([
    '… policy shop@2 decides from here on (before: shop@1)',
  ]);
});
