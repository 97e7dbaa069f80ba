import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';

/** Server reflection (v1 and v1alpha) of these services, from the descriptors that the generated code carries. */
export function addReflection(server: Server, services: readonly DescService[]): void {
  const files = new Map<string, DescFile>();
  for (const service of services) collect(service.file, files);
  const fileDescriptorProtos = [...files.values()].map((file) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)),
  );
  // The package wants what proto-loader makes of .proto files; it reads nothing of it but the descriptors.
  const definition = {
    format: 'Protocol Buffer 3 EnumDescriptorProto' as const,
    type: {},
    fileDescriptorProtos,
  };
  new ReflectionService(
    { attune: definition },
    { services: services.map((service) => service.typeName) },
  ).addToServer(server);
}

/** A file and all that it imports, imports first. */
function collect(file: DescFile, into: Map<string, DescFile>): void {
  if (into.has(file.proto.name)) return;
  for (const needed of file.dependencies) collect(needed, into);
  into.set(file.proto.name, file);
}
