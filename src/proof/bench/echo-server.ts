import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerDuplexStream, type ServerUnaryCall } from '@grpc/grpc-js';
import {
  type DecideReply,
  DecideReplySchema,
  DecideRequestSchema,
  DecideStreamReplySchema,
  DecideStreamRequestSchema,
} from '../../gen/attune/v1/decision_pb.ts';

/**
 * What the service is measured against: a bare grpc-js server, nothing tuned, that reads each Decide request with
 * protobuf-es and answers a reply that was made ready before, written with protobuf-es each time. Argument: `REPLY` (a
 * DecideReply in base64url, so that its size is the service's own).
 */

const replyBytes = Buffer.from(process.argv[2] ?? '', 'base64url');
const reply: DecideReply = fromBinary(DecideReplySchema, replyBytes);

const server = new Server();
server.register(
  '/attune.v1.DecisionService/Decide',
  (_: ServerUnaryCall<unknown, DecideReply>, done: (error: null, reply: DecideReply) => void) =>
    done(null, reply),
  (message: DecideReply) => view(toBinary(DecideReplySchema, message)),
  (bytes: Buffer) => fromBinary(DecideRequestSchema, bytes),
  'unary',
);
server.register(
  '/attune.v1.DecisionService/DecideStream',
  (call: ServerDuplexStream<{ tag: bigint }, { tag: bigint }>) => {
    call.on('data', (request) => call.write(request));
    call.on('end', () => call.end());
  },
  ({ tag }: { tag: bigint }) =>
    view(
      toBinary(
        DecideStreamReplySchema,
        create(DecideStreamReplySchema, { tag, result: { case: 'reply', value: reply } }),
      ),
    ),
  (bytes: Buffer) => fromBinary(DecideStreamRequestSchema, bytes),
  'bidi',
);

/** The same bytes as a Buffer, without a copy. */
function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${port}`);
});
process.once('SIGTERM', () => server.forceShutdown());
