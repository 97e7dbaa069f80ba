import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { type Service, startService } from './scratch-server.fixture.ts';

let service: Service;
let client: Client;
beforeAll(async () => {
  service = await startService();
  client = new Client(service.address, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await service.close();
});

const same = (bytes: Buffer): Buffer => bytes;

/** Sends messages on one stream; its replies and how it ended. */
function reflect(
  messages: readonly Buffer[],
): Promise<{ replies: ServerReflectionResponse[]; code: number }> {
  const call = client.makeBidiStreamRequest(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    same,
    same,
  );
  const replies: ServerReflectionResponse[] = [];
  for (const message of messages) call.write(message);
  call.end();
  return new Promise((resolve) => {
    call.on('data', (bytes: Buffer) => replies.push(fromBinary(ServerReflectionResponseSchema, bytes)));
    call.on('end', () => resolve({ replies, code: status.OK }));
    call.on('error', (fault: ServiceError) => resolve({ replies, code: fault.code }));
  });
}

const ask = (messageRequest: ServerReflectionRequest['messageRequest']): Buffer =>
  Buffer.from(
    toBinary(ServerReflectionRequestSchema, create(ServerReflectionRequestSchema, { messageRequest })),
  );

test('a file is found by everything that it declares, and comes before what it imports', async () => {
  const symbols = [
    'attune.v1.EventService',
    'attune.v1.EventService.Publish',
    'attune.v1.Event',
    'attune.v1.Event.occurred_at',
    'attune.v1.EventStatus',
    'attune.v1.EVENT_STATUS_ACCEPTED',
  ];
  const { replies, code } = await reflect(
    symbols.map((value) => ask({ case: 'fileContainingSymbol', value })),
  );
  expect(code).toBe(status.OK);
  for (const { messageResponse } of replies) {
    if (messageResponse.case !== 'fileDescriptorResponse') throw new Error(messageResponse.case);
    const names = messageResponse.value.fileDescriptorProto.map(
      (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
    );
    expect(names[0]).toBe('attune/v1/event.proto');
    expect(names).toContain('google/protobuf/timestamp.proto');
  }
  expect(replies).toHaveLength(symbols.length);
});

test('what errors carry is found, although no service imports it', async () => {
  const value = 'google.rpc.BadRequest';
  const { replies } = await reflect([ask({ case: 'fileContainingSymbol', value })]);
  expect(replies[0]?.messageResponse.case).toBe('fileDescriptorResponse');
});

test('extensions are found by number, and listed', async () => {
  const containingType = 'google.protobuf.FieldOptions';
  const { replies } = await reflect([
    ask({ case: 'allExtensionNumbersOfType', value: containingType }),
    ask({
      case: 'fileContainingExtension',
      value: { $typeName: 'grpc.reflection.v1.ExtensionRequest', containingType, extensionNumber: 1159 },
    }),
    ask({ case: 'allExtensionNumbersOfType', value: 'attune.v1.Event' }),
  ]);
  expect(replies[0]?.messageResponse.value).toMatchObject({ extensionNumber: [1159, 1160] });
  expect(replies[1]?.messageResponse.case).toBe('fileDescriptorResponse');
  expect(replies[2]?.messageResponse.value).toMatchObject({ extensionNumber: [] });
});

test('what is unknown, and a request for nothing, are answered on a stream that goes on', async () => {
  const { replies, code } = await reflect([
    ask({ case: 'fileByFilename', value: 'none.proto' }),
    ask({ case: 'fileContainingSymbol', value: 'x'.repeat(1_000) }),
    ask({ case: 'allExtensionNumbersOfType', value: 'none' }),
    ask({ case: undefined }),
    ask({ case: 'listServices', value: '' }),
  ]);
  const codes = replies.map(({ messageResponse: { value } }) =>
    value !== undefined && 'errorCode' in value ? value.errorCode : 0,
  );
  expect(codes).toEqual([
    status.NOT_FOUND,
    status.NOT_FOUND,
    status.NOT_FOUND,
    status.INVALID_ARGUMENT,
    status.OK,
  ]);
  expect(code).toBe(status.OK);
});

test("bytes that are no request end the stream as the caller's fault", async () => {
  const { replies, code } = await reflect([
    ask({ case: 'listServices', value: '' }),
    Buffer.from('8686', 'hex'),
    ask({ case: 'listServices', value: '' }),
  ]);
  expect([replies.length, code]).toEqual([1, status.INVALID_ARGUMENT]);
});
