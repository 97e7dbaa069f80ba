/** A server of one stream method that does what a test tells it, well or badly: the other end of a pipeline. */
import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerDuplexStream, type status } from '@grpc/grpc-js';

/** A message as it came. */
export interface Arrived<I extends DescMessage> {
  /** The message itself where it held one request, else its entries. */
  readonly requests: readonly MessageShape<I>[];
  readonly bytes: number;
  /** Streams are numbered from 1 in the order in which they were opened. */
  readonly stream: number;
}

export interface Outgoing<O extends DescMessage> {
  reply(message: MessageInitShape<O>): void;
  /** Ends the stream with a status. */
  fail(code: status, details?: string): void;
}

export interface StreamServer<I extends DescMessage> {
  readonly address: string;
  readonly arrived: readonly Arrived<I>[];
  /** Tells every connection to go away, and breaks what is open after so long. */
  drain(graceMs: number): void;
  close(): void;
}

/** Starts it on a free port. `take` is called with each message, in order. */
export async function startStreamServer<I extends DescMessage, O extends DescMessage>(
  method: DescMethodBiDiStreaming<I, O>,
  take: (message: Arrived<I>, out: Outgoing<O>) => void,
  credentials = ServerCredentials.createInsecure(),
): Promise<StreamServer<I>> {
  const arrived: Arrived<I>[] = [];
  let streams = 0;
  const server = new Server();
  const path = `/${method.parent.typeName}/${method.name}`;
  server.register(
    path,
    (call: ServerDuplexStream<Buffer, Buffer>) => {
      const stream = ++streams;
      const out: Outgoing<O> = {
        reply: (message) =>
          void call.write(Buffer.from(toBinary(method.output, create(method.output, message)))),
        fail: (code, details = '') => void call.emit('error', { code, details }),
      };
      call.on('data', (bytes: Buffer) => {
        const request = fromBinary(method.input, bytes) as MessageShape<I> & { entries: MessageShape<I>[] };
        const requests = request.entries.length > 0 ? request.entries : [request];
        const message = { requests, bytes: bytes.length, stream };
        arrived.push(message);
        take(message, out);
      });
      call.on('error', () => {});
      call.on('end', () => call.end());
    },
    (bytes: Uint8Array) => Buffer.from(bytes),
    (bytes: Buffer) => bytes,
    'bidi',
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const address = `127.0.0.1:${port}`;
  return {
    address,
    arrived,
    drain: (graceMs) => server.drain(address, graceMs),
    close: () => server.forceShutdown(),
  };
}
