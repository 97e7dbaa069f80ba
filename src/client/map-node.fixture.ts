/** Nodes that share shards, as far as a client sees them: each answers who serves whom, and notes what comes to it. */
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type sendUnaryData,
  type status,
} from '@grpc/grpc-js';
import { AdminService, type GetShardMapReplySchema } from '../gen/attune/v1/admin_pb.ts';
import {
  DecideReplySchema,
  DecideRequestSchema,
  DecideStreamReplySchema,
  type DecideStreamRequest,
  DecideStreamRequestSchema,
} from '../gen/attune/v1/decision_pb.ts';
import { EventStatus, PublishReplySchema, PublishRequestSchema } from '../gen/attune/v1/event_pb.ts';

export type MapReply = MessageInitShape<typeof GetShardMapReplySchema>;

export interface MapNode {
  readonly address: string;
  /** Request ids of decisions in the order of their arrival. */
  readonly decided: readonly string[];
  /** Ids of events, a list a call. */
  readonly published: readonly (readonly string[])[];
  /** How often the map was asked for. */
  readonly asked: number;
  /** What it answers; a status: that it refuses to. */
  map: MapReply | status;
  /** While it is closed decisions over a stream get no answer; opened again they get it. */
  hold(isClosed: boolean): void;
  /** Ends all connections and listens no more; `restart` begins again at the same address. */
  stop(): void;
  restart(): Promise<void>;
}

export async function startMapNode(): Promise<MapNode> {
  const decided: string[] = [];
  const published: string[][] = [];
  let asked = 0;
  let held: (() => void)[] | undefined;
  let server: Server;
  const listen = async (port: number): Promise<number> => {
    server = new Server();
    const unary = <I extends DescMessage, O extends DescMessage>(
      path: string,
      [input, output]: readonly [I, O],
      answer: (bytes: ReturnType<typeof fromBinary<I>>) => MessageInitShape<O> | status,
    ): void =>
      void server.register(
        path,
        (call: { request: Buffer }, done: sendUnaryData<Buffer>) => {
          const reply = answer(fromBinary(input, call.request));
          if (typeof reply === 'number') done({ code: reply, details: 'no' });
          else done(null, Buffer.from(toBinary(output, create(output, reply))));
        },
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        'unary',
      );
    const { getShardMap } = AdminService.method;
    unary('/attune.v1.AdminService/GetShardMap', [getShardMap.input, getShardMap.output], () => {
      asked++;
      return node.map;
    });
    unary('/attune.v1.DecisionService/Decide', [DecideRequestSchema, DecideReplySchema], ({ requestId }) => {
      decided.push(requestId);
      return { decisionId: requestId };
    });
    unary('/attune.v1.EventService/Publish', [PublishRequestSchema, PublishReplySchema], ({ events }) => {
      published.push(events.map(({ id }) => id));
      return { results: events.map(({ id }) => ({ eventId: id, status: EventStatus.ACCEPTED })) };
    });
    server.register(
      '/attune.v1.DecisionService/DecideStream',
      (call: ServerDuplexStream<Buffer, Buffer>) => {
        const reply = ({ tag, request }: DecideStreamRequest): void => {
          const result = { case: 'reply' as const, value: { decisionId: request?.requestId ?? '' } };
          const message = create(DecideStreamReplySchema, { tag, result });
          call.write(Buffer.from(toBinary(DecideStreamReplySchema, message)));
        };
        call.on('data', (bytes: Buffer) => {
          const message = fromBinary(DecideStreamRequestSchema, bytes);
          for (const one of message.entries.length > 0 ? message.entries : [message]) {
            decided.push(one.request?.requestId ?? '');
            if (held === undefined) reply(one);
            else held.push(() => reply(one));
          }
        });
        call.on('error', () => {});
        call.on('end', () => call.end());
      },
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      'bidi',
    );
    return new Promise((resolve, reject) =>
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
  };
  const node: MapNode = {
    map: {},
    address: '',
    decided,
    published,
    get asked() {
      return asked;
    },
    hold(isClosed) {
      const waiting = held ?? [];
      held = isClosed ? [] : undefined;
      for (const answer of waiting) answer();
    },
    stop: () => server.forceShutdown(),
    restart: async () => void (await listen(port)),
  };
  const port = await listen(0);
  return Object.defineProperty(node, 'address', { value: `127.0.0.1:${port}` });
}
