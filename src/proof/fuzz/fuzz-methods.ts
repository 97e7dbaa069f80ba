import { create, createFileRegistry, type DescMessage, type DescMethod } from '@bufbuild/protobuf';
import {
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { methodPath } from '../../rpc/method.ts';
import { SERVICES } from '../../rpc/routes.ts';

/** A method that is attacked. */
export interface FuzzMethod {
  readonly path: string;
  readonly input: DescMessage;
  /** Takes a stream of requests; otherwise exactly one. */
  readonly streamsUp: boolean;
  /** Answers with a stream, which may stay open for as long as its reader likes. */
  readonly streamsDown: boolean;
  /** How often it is called compared with the others. */
  readonly weight: number;
}

/** Hot methods carry the parser written by hand; a policy costs as much to read as a hundred events. */
const WEIGHTS: Readonly<Record<string, number>> = {
  Publish: 4,
  StreamEvents: 3,
  Decide: 5,
  DecideStream: 3,
  Connect: 4,
  Report: 3,
  CheckPolicy: 0.3,
  ApplyPolicy: 0.3,
  WriteImages: 0.2,
  WatchShards: 0.5,
  WatchDecisions: 0.5,
};

/** Every method that the service answers: attune.v1, health, reflection in both versions. */
export const FUZZ_METHODS: readonly FuzzMethod[] = [
  ...SERVICES.flatMap((service) => service.methods.map(ofContract)),
  ...standardMethods(),
];

/** The paths of the methods, for reports. */
export const METHOD_COUNT = FUZZ_METHODS.length;

function ofContract(method: DescMethod): FuzzMethod {
  return {
    path: methodPath(method),
    input: method.input,
    streamsUp: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    streamsDown: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    weight: WEIGHTS[method.name] ?? 1,
  };
}

/** Health, whose descriptor no generated code carries: as much of it as a request holds; and reflection in both versions. */
function standardMethods(): FuzzMethod[] {
  const registry = createFileRegistry(
    create(FileDescriptorSetSchema, {
      file: [
        {
          name: 'health-requests.proto',
          package: 'grpc.health.v1',
          syntax: 'proto3',
          messageType: [
            {
              name: 'HealthCheckRequest',
              field: [{ name: 'service', number: 1, type: Type.STRING, label: Label.OPTIONAL }],
            },
          ],
        },
      ],
    }),
  );
  const health = registry.getMessage('grpc.health.v1.HealthCheckRequest') as DescMessage;
  return [
    {
      path: '/grpc.health.v1.Health/Check',
      input: health,
      streamsUp: false,
      streamsDown: false,
      weight: 0.5,
    },
    { path: '/grpc.health.v1.Health/Watch', input: health, streamsUp: false, streamsDown: true, weight: 0.5 },
    ...['v1', 'v1alpha'].map((version) => ({
      ...ofContract(ServerReflection.method.serverReflectionInfo),
      path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      weight: 0.5,
    })),
  ];
}
