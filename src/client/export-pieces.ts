import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceError } from '@grpc/grpc-js';
import { CustomerService, type ExportReply, type ExportRequestSchema } from '../gen/attune/v1/customer_pb.ts';
import { errorOfCall } from './attune-error.ts';
import type { Connection } from './connection.ts';

/** The pieces of an export in order. Never begun again by itself: half of it would come twice. Throws AttuneError. */
export async function* exportPieces(
  connection: Connection,
  request: MessageInitShape<typeof ExportRequestSchema>,
): AsyncGenerator<ExportReply, void, undefined> {
  const address = connection.pick(connection.ownerOf(request.customer));
  const call = connection.stream(CustomerService.method.export, request, { address });
  try {
    for await (const piece of call) yield piece as ExportReply;
  } catch (thrown) {
    throw errorOfCall(thrown as ServiceError);
  } finally {
    call.cancel();
  }
}
