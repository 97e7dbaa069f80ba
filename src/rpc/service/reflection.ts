import { create, type DescService, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { LIMITS } from '../../config/limits.ts';
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import type { BidiCall, BidiRoute, BidiSink } from '../call.ts';
import { isFailure } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { statusOf } from '../status.ts';
import { readMessage } from '../validate.ts';
import { DescriptorIndex } from './descriptor-index.ts';

type Reply = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>;

/** Replies of one stream that may wait for a slow reader: a file with its imports is about 100 KiB. */
const BUFFERED_BYTES_MAX = 1 << 18;

/** Encoded replies that are kept: there are about a hundred symbols and files, and unusual requests are not kept. */
const CACHED_REPLIES_MAX = 256;
const CACHED_REQUEST_BYTES_MAX = 256;

/**
 * Server reflection of these services, so that grpcurl and its like need no files of ours. v1alpha is the same bytes
 * under another name. (The npm package for it leaves a stream without an end after a message that it cannot read.)
 */
export function reflectionRoutes(
  context: ServiceContext,
  services: readonly DescService[],
): readonly Route[] {
  const method = ServerReflection.method.serverReflectionInfo;
  const index = new DescriptorIndex(services);
  const names = services.map(({ typeName }) => ({ name: typeName }));
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  /** Every reply follows from its request alone, and a file with all that it imports takes a while to write. */
  const encodedReplies = new Map<string, Uint8Array>();
  const open = (call: BidiCall): BidiSink => ({
    message: (bytes) => {
      const began = meter.begin();
      const asked = bytes.toString('latin1');
      const known = encodedReplies.get(asked);
      if (known !== undefined) {
        call.write(known);
        meter.answered(began, status.OK);
        return call.done();
      }
      const request = readMessage(ServerReflectionRequestSchema, bytes);
      if (isFailure(request)) {
        const why = statusOf(request);
        meter.answered(began, why.code);
        return call.fail(why);
      }
      const reply = create(ServerReflectionResponseSchema, {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(index, names, request),
      });
      const replyBytes = toBinary(ServerReflectionResponseSchema, reply);
      if (asked.length <= CACHED_REQUEST_BYTES_MAX && encodedReplies.size < CACHED_REPLIES_MAX)
        encodedReplies.set(asked, replyBytes);
      call.write(replyBytes);
      meter.answered(began, status.OK);
      call.done();
    },
    halfClosed: () => call.end(),
    closed: () => {},
  });
  const route: BidiRoute = {
    kind: 'bidi',
    messageBytesMax: LIMITS.requestBytesMax,
    inFlightMax: 1,
    bufferedBytesMax: BUFFERED_BYTES_MAX,
    failed: (error) => meter.threw(error),
    open,
  };
  const path = methodPath(method);
  return [
    [path, route],
    [path.replace('.v1.', '.v1alpha.'), route],
  ];
}

function answer(
  index: DescriptorIndex,
  services: readonly { readonly name: string }[],
  { messageRequest: asked }: ServerReflectionRequest,
): Reply {
  switch (asked.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: [...services] } };
    case 'fileByFilename':
      return files(index.byName(asked.value), `file ${quoted(asked.value)}`);
    case 'fileContainingSymbol':
      return files(index.bySymbol(asked.value), `symbol ${quoted(asked.value)}`);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = asked.value;
      const found = index.byExtension(containingType, extensionNumber);
      return files(found, `extension ${extensionNumber} of ${quoted(containingType)}`);
    }
    case 'allExtensionNumbersOfType': {
      const numbers = index.extensionsOf(asked.value);
      if (numbers === undefined) return refused(status.NOT_FOUND, `There is no type ${quoted(asked.value)}.`);
      const value = { baseTypeName: asked.value, extensionNumber: numbers };
      return { case: 'allExtensionNumbersResponse', value };
    }
    default:
      return refused(status.INVALID_ARGUMENT, 'The request asks for nothing.');
  }
}

function files(found: Uint8Array[] | undefined, what: string): Reply {
  if (found === undefined) return refused(status.NOT_FOUND, `There is no ${what}.`);
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: found } };
}

function refused(errorCode: number, errorMessage: string): Reply {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}

/** A name, cut to 100 characters. */
function quoted(name: string): string {
  return JSON.stringify(name.length <= 100 ? name : `${name.slice(0, 100).toWellFormed()}…`);
}
