import { create, type DescMethod, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import { CustomerService } from '../../gen/attune/v1/customer_pb.ts';
import { DecisionService, Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { EventService } from '../../gen/attune/v1/event_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { message, repeated } from './frame.ts';

/** Questions of one stream: of files, whose answers are large, and of others. */
const FILES = 20;
const QUESTIONS = 4;

/** One request for a decision about one of `customers`; a request id decides once. */
export function decideBody(requestId: string, customer: number): Buffer {
  return body(DecisionService.method.decide, decision(requestId, customer));
}

export const SOUND_DECIDE = pathOf(DecisionService.method.decide);

/** Sound requests by path, framed as messages, of those methods whose answers are large, stay open, or cost something. */
export function soundBodies(): Record<string, Buffer> {
  const { decide, decideStream } = DecisionService.method;
  const request = decision('hostile', 7);
  const identifiers = [{ kind: 'crm', value: 'hostile' }];
  const event = { id: 'hostile', source: 'attack', identifiers, name: 'Page Viewed' };
  return {
    [pathOf(decide)]: body(decide, request),
    [pathOf(decideStream)]: repeated(body(decideStream, { tag: 1n, request }), QUESTIONS),
    [pathOf(EventService.method.publish)]: body(EventService.method.publish, { events: [event] }),
    [pathOf(EventService.method.streamEvents)]: repeated(
      body(EventService.method.streamEvents, { tag: 1n, event }),
      QUESTIONS,
    ),
    [pathOf(CustomerService.method.watch)]: body(CustomerService.method.watch, {
      customer: { identifiers },
    }),
    [pathOf(AdminService.method.getPolicy)]: body(AdminService.method.getPolicy, {}),
    [pathOf(AdminService.method.watchShards)]: body(AdminService.method.watchShards, {}),
    [pathOf(AdminService.method.watchDecisions)]: body(AdminService.method.watchDecisions, { sample: 1 }),
    [pathOf(ServerReflection.method.serverReflectionInfo)]: repeated(
      body(ServerReflection.method.serverReflectionInfo, {
        messageRequest: { case: 'fileContainingSymbol', value: 'attune.v1.DecisionService' },
      }),
      FILES,
    ),
  };
}

function decision(requestId: string, customer: number) {
  return {
    requestId,
    identifiers: [{ kind: 'crm', value: `attack${customer}` }],
    placements: ['home_hero'],
    delivery: Delivery.RETURN,
  };
}

function body<M extends DescMethod>({ input }: M, init: MessageInitShape<M['input']>): Buffer {
  return message(toBinary(input, create(input as M['input'], init)));
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
