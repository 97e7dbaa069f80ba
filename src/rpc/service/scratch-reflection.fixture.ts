/** Asks a server's reflection as grpcurl does, for tests. */
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';

const FILE_BY_FILENAME = 3;
const FILE_CONTAINING_SYMBOL = 4;
const LIST_SERVICES = 7;
const FILE_DESCRIPTOR_RESPONSE = 4;
const LIST_SERVICES_RESPONSE = 6;

/** The services listed, sorted, and the files that declare `symbol` with all they import, imports first. */
export async function reflect(
  address: string,
  version: string,
  symbol: string,
): Promise<{ list: string[]; files: FileDescriptorProto[] }> {
  const client = new Client(address, credentials.createInsecure());
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const ask = (field: number, text: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const call = client.makeBidiStreamRequest(path, same, same);
      call.on('data', resolve);
      call.on('error', reject);
      call.write(Buffer.from(new BinaryWriter().tag(field, WireType.LengthDelimited).string(text).finish()));
      call.end();
    });
  try {
    const listed = field(await ask(LIST_SERVICES, '*'), LIST_SERVICES_RESPONSE)[0] as Uint8Array;
    const list = field(listed, 1).map((service) => Buffer.from(field(service, 1)[0] ?? []).toString());
    const known = new Map<string, FileDescriptorProto>();
    const learn = (reply: Buffer): string => {
      const found = field(reply, FILE_DESCRIPTOR_RESPONSE)[0] ?? new Uint8Array();
      const files = field(found, 1).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
      for (const file of files) known.set(file.name, file);
      return files[0]?.name ?? '';
    };
    const files = new Map<string, FileDescriptorProto>();
    const visit = async (name: string): Promise<void> => {
      if (files.has(name)) return;
      if (!known.has(name)) learn(await ask(FILE_BY_FILENAME, name));
      const file = known.get(name);
      if (file === undefined) throw new Error(`Reflection does not know ${name}.`);
      for (const needed of file.dependency) await visit(needed);
      files.set(name, file);
    };
    await visit(learn(await ask(FILE_CONTAINING_SYMBOL, symbol)));
    return { list: list.sort(), files: [...files.values()] };
  } finally {
    client.close();
  }
}

/** Every length-delimited value of a field. */
function field(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number === wanted) found.push(reader.bytes());
    else reader.skip(type);
  }
  return found;
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
