import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { pathToFileURL } from 'node:url';
import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import { DecisionService } from '../../gen/attune/v1/decision_pb.ts';
import { EventService, EventStatus } from '../../gen/attune/v1/event_pb.ts';
import { BadRequestSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { type CheckResult, expect, runChecks } from './check.ts';
import { fetchNpm } from './fetch-clients.ts';
import type { Endpoint } from './service.ts';

const TIMEOUT_MS = 30_000;
/** The codes of gRPC, as Connect numbers them too. */
const CODE = { invalidArgument: 3, deadlineExceeded: 4, canceled: 1, unauthenticated: 16 };
const STREAMED = 100;

interface CallOptions {
  readonly headers?: Record<string, string>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

type CallOf<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
      : M extends DescMethodBiDiStreaming<infer I, infer O>
        ? (
            requests: AsyncIterable<MessageInitShape<I>>,
            options?: CallOptions,
          ) => AsyncIterable<MessageShape<O>>
        : never;

/** What is used of the packages that the command fetches; their own types are not here. */
interface Connect {
  readonly ConnectError: { from(error: unknown): Refusal };
  createClient<S extends DescService>(
    service: S,
    transport: unknown,
  ): { readonly [K in keyof S['method']]: CallOf<S['method'][K]> };
}
interface Refusal {
  readonly code: number;
  findDetails<D extends DescMessage>(schema: D): readonly MessageShape<D>[];
}
interface ConnectNode {
  readonly compressionGzip: unknown;
  createGrpcTransport(options: Record<string, unknown>): unknown;
}

/** connect-node's gRPC transport, with the descriptors that this project generates. */
export async function runConnectNode({ target, token, tls }: Endpoint): Promise<CheckResult[]> {
  const require = createRequire(join(await fetchNpm(), 'node_modules/x.js'));
  const load = (name: string) => import(pathToFileURL(require.resolve(name)).href);
  const { ConnectError, createClient }: Connect = await load('@connectrpc/connect');
  const { createGrpcTransport, compressionGzip }: ConnectNode = await load('@connectrpc/connect-node');
  const place = {
    baseUrl: `${tls === undefined ? 'http' : 'https'}://${target}`,
    nodeOptions: secured(tls),
  };
  const plain = createGrpcTransport(place);
  const packed = { ...place, sendCompression: compressionGzip, compressMinBytes: 0 };
  const decisions = createClient(DecisionService, plain);
  const events = createClient(EventService, plain);
  const admitted = { headers: { authorization: `Bearer ${token}` }, timeoutMs: TIMEOUT_MS };

  const refusal = async (code: number, answer: Promise<unknown>): Promise<Refusal> => {
    const seen = await answer.then(() => undefined, ConnectError.from);
    expect(seen?.code === code, `ended ${seen?.code ?? 'well'}, not ${code}`);
    return seen as Refusal;
  };

  return await runChecks({
    'decides, once per request_id, and explains': async () => {
      const request = decideRequest('1');
      const first = await decisions.decide(request, admitted);
      const second = await decisions.decide(request, admitted);
      expect(second.repeated && first.decisionId === second.decisionId, { first, second });
      const explained = await decisions.explain({ decisionId: first.decisionId }, admitted);
      expect(explained.replayIdentical === true, explained.replayNote);
    },
    'publishes, packed': async () => {
      const client = createClient(EventService, createGrpcTransport(packed));
      const { results } = await client.publish({ events: Array.from({ length: 50 }, view) }, admitted);
      expect(results.length === 50 && results.every(accepted), results[0]?.violations);
    },
    'streams decisions': async () => {
      const tags = new Set<bigint>();
      for await (const { tag, result } of decisions.decideStream(decideRequests(), admitted))
        if (result.case === 'reply') tags.add(tag);
      expect(tags.size === STREAMED, `${tags.size} of ${STREAMED} replies`);
    },
    'streams events': async () => {
      const results: { status: EventStatus }[] = [];
      for await (const result of events.streamEvents(tagged(), admitted)) results.push(result);
      expect(results.length === STREAMED && results.every(accepted), `${results.length} results`);
    },
    'decodes error details': async () => {
      const seen = await refusal(CODE.invalidArgument, decisions.decide(decideRequest(''), admitted));
      const [fault] = seen.findDetails(BadRequestSchema);
      expect(fault?.fieldViolations[0]?.field === 'identifiers[0].value', fault ?? 'no BadRequest');
    },
    'is refused without a token': async () => {
      await refusal(CODE.unauthenticated, decisions.decide(decideRequest('1'), { timeoutMs: TIMEOUT_MS }));
    },
    'gives up in time': async () => {
      const watch = createClient(AdminService, plain).watchShards({}, { ...admitted, timeoutMs: 300 });
      await refusal(CODE.deadlineExceeded, drained(watch));
    },
    'cancels a stream': async () => {
      const cancel = new AbortController();
      const options = { ...admitted, signal: cancel.signal };
      const watch = createClient(AdminService, plain).watchShards({}, options);
      await refusal(
        CODE.canceled,
        drained(watch, () => cancel.abort()),
      );
      await decisions.decide(decideRequest('1'), admitted);
    },
  });
}

function secured(tls: Endpoint['tls']): SecureContextOptions {
  if (tls === undefined) return {};
  const shown = tls.client && { cert: readFileSync(tls.client.cert), key: readFileSync(tls.client.key) };
  return { ca: readFileSync(tls.ca), ...shown };
}

function decideRequest(customer: string) {
  return {
    requestId: randomUUID(),
    identifiers: [{ kind: 'crm', value: customer && `connect-${customer}` }],
    placements: ['home_hero'],
  };
}

async function* decideRequests() {
  for (let tag = 0; tag < STREAMED; tag++) yield { tag: BigInt(tag), request: decideRequest(String(tag)) };
}

function view() {
  const identifiers = [{ kind: 'crm', value: 'connect-1' }];
  return {
    id: randomUUID(),
    source: 'connect',
    identifiers,
    name: 'Page Viewed',
    occurredAt: timestampNow(),
  };
}

async function* tagged() {
  for (let tag = 0; tag < STREAMED; tag++) yield { tag: BigInt(tag), event: view() };
}

function accepted({ status }: { readonly status: EventStatus }): boolean {
  return status === EventStatus.ACCEPTED;
}

async function drained(stream: AsyncIterable<unknown>, each = () => {}): Promise<void> {
  for await (const _ of stream) each();
}
