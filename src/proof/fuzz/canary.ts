import { create, toBinary } from '@bufbuild/protobuf';
import { DecideRequestSchema, DecisionService, Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { EventService, PublishRequestSchema } from '../../gen/attune/v1/event_pb.ts';
import { methodPath } from '../../rpc/method.ts';
import { FUZZ_METHODS, type FuzzMethod } from './fuzz-methods.ts';
import type { FuzzCall } from './make-attack.ts';

/** Sound requests of a shop that is going about its day: whatever else is sent, these must be answered with OK. */
export function canary(index: number, seed: number, now: number): FuzzCall {
  const identifiers = [{ kind: 'crm', value: `canary${index % 50}` }];
  const occurredAt = { seconds: BigInt(Math.floor(now / 1_000)) };
  const products = [{ productId: `p${index % 60}`, category: 'coats', price: 20 }];
  const event = {
    id: `canary${seed}-${index}`,
    source: 'canary',
    identifiers,
    name: 'Product Viewed',
    occurredAt,
    products,
  };
  const body =
    index % 2 === 0
      ? toBinary(PublishRequestSchema, create(PublishRequestSchema, { events: [event] }))
      : toBinary(
          DecideRequestSchema,
          create(DecideRequestSchema, {
            requestId: `canary${seed}-${index}`,
            identifiers,
            placements: ['home_hero'],
            delivery: Delivery.RETURN,
          }),
        );
  const method = index % 2 === 0 ? PUBLISH : DECIDE;
  const frame = Buffer.alloc(5 + body.length);
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, 5);
  return {
    index,
    kind: 'valid',
    method,
    path: method.path,
    headers: {},
    chunks: [frame],
    ending: 'half-close',
    resetCode: 0,
  };
}

const PUBLISH = known(methodPath(EventService.method.publish));
const DECIDE = known(methodPath(DecisionService.method.decide));

function known(path: string): FuzzMethod {
  const method = FUZZ_METHODS.find((each) => each.path === path);
  if (method === undefined) throw new Error(`${path} is not attacked.`);
  return method;
}
