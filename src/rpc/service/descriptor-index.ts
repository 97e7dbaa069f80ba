import {
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.ts';

/** Finds the files that declare services, all they use and the details of errors, by name, symbol or extension. */
export class DescriptorIndex {
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  readonly #extensions = new Map<string, Map<number, DescFile>>();
  readonly #bytes = new Map<string, Uint8Array>();

  constructor(services: readonly DescService[]) {
    for (const service of services) this.#add(service.file);
    // What errors carry: no service imports it, and a client that knows only reflection could not read it.
    this.#add(file_google_rpc_error_details);
  }

  /** The file of this name, then what it imports, as FileDescriptorProto; undefined when there is none. */
  byName(name: string): Uint8Array[] | undefined {
    return this.#withImports(this.#files.get(name));
  }

  /** The file that declares a service, method, message, field, enum or enum value by its full name. */
  bySymbol(symbol: string): Uint8Array[] | undefined {
    return this.#withImports(this.#symbols.get(symbol));
  }

  byExtension(type: string, number: number): Uint8Array[] | undefined {
    return this.#withImports(this.#extensions.get(type)?.get(number));
  }

  /** Numbers of the extensions of a message; undefined when no such message is known. */
  extensionsOf(type: string): number[] | undefined {
    const known = this.#extensions.get(type);
    if (known !== undefined) return [...known.keys()].sort((a, b) => a - b);
    return this.#symbols.has(type) ? [] : undefined;
  }

  #add(file: DescFile): void {
    if (this.#files.has(file.proto.name)) return;
    this.#files.set(file.proto.name, file);
    for (const needed of file.dependencies) this.#add(needed);
    for (const type of nestedTypes(file)) {
      if (type.kind === 'extension') this.#addExtension(type);
      else this.#symbols.set(type.typeName, file);
      // A value's full name stands beside its enum, not in it, as in C++.
      if (type.kind === 'enum')
        for (const { name } of type.values) this.#symbols.set(`${scopeOf(type.typeName)}${name}`, file);
      if (type.kind === 'message') for (const member of membersOf(type)) this.#symbols.set(member, file);
      if (type.kind === 'service')
        for (const { name } of type.methods) this.#symbols.set(`${type.typeName}.${name}`, file);
    }
  }

  #addExtension(extension: DescExtension): void {
    this.#symbols.set(extension.typeName, extension.file);
    const { typeName } = extension.extendee;
    const numbers = this.#extensions.get(typeName) ?? new Map<number, DescFile>();
    this.#extensions.set(typeName, numbers.set(extension.number, extension.file));
  }

  #withImports(file: DescFile | undefined): Uint8Array[] | undefined {
    if (file === undefined) return undefined;
    const found = new Set<DescFile>();
    const visit = (each: DescFile): void => {
      if (found.has(each)) return;
      found.add(each);
      for (const needed of each.dependencies) visit(needed);
    };
    visit(file);
    return [...found].map((each) => this.#bytesOf(each));
  }

  #bytesOf(file: DescFile): Uint8Array {
    const known = this.#bytes.get(file.proto.name);
    if (known !== undefined) return known;
    const bytes = toBinary(FileDescriptorProtoSchema, file.proto);
    this.#bytes.set(file.proto.name, bytes);
    return bytes;
  }
}

function membersOf({ typeName, fields, oneofs }: DescMessage): string[] {
  return [...fields, ...oneofs].map(({ name }) => `${typeName}.${name}`);
}

/** The scope of a full name, with its dot; '' at the top. */
function scopeOf(typeName: string): string {
  return typeName.slice(0, typeName.lastIndexOf('.') + 1);
}
