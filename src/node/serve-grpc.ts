import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { descriptorLimit } from '../adapter/system/descriptor-limit.ts';
import { SystemClock } from '../adapter/system/system-clock.ts';
import type { ServeSettings } from '../config/options.ts';
import type { ImageWriter } from '../port/image-writer.ts';
import type { NodeAnswers } from '../port/node-wires.ts';
import { createServer, type RpcServer } from '../rpc/server.ts';
import { CommandError, EXIT } from './command/command-line.ts';
import { listenFault } from './listen-fault.ts';
import { NodeReplays } from './node-replays.ts';
import { nodeTokens } from './node-tokens.ts';
import type { Node, NodeParts } from './open-node.ts';
import { readTlsFiles, watchTlsFiles } from './tls-files.ts';

type GrpcSettings = Pick<
  ServeSettings,
  | 'listen'
  | 'advertise'
  | 'store'
  | 'dir'
  | 'authTokensFile'
  | 'drainTimeout'
  | 'tlsCert'
  | 'tlsKey'
  | 'tlsClientCa'
  | 'insecure'
  | 'proxyAddresses'
>;

/** Puts gRPC before a node. Throws CommandError with a sentence when it cannot listen. */
export async function serveGrpc(
  node: Node & {
    /** Where it is one of several: answers the others. */
    readonly answers?: NodeAnswers;
  },
  settings: GrpcSettings,
  parts: NodeParts,
): Promise<RpcServer & { readonly port: number }> {
  const clock = parts.clock ?? new SystemClock();
  const tls = readTlsFiles(settings);
  const server = createServer({
    replays: new NodeReplays(node),
    customers: node.gateway,
    policies: node.policies,
    models: node.models,
    pauses: node.pauses,
    catalog: node.catalog,
    deployment: node.cluster?.deployment,
    imageWriter: settings.store === 'disk' ? imageWriterOf(node, settings.dir) : undefined,
    zones: node.engine.runtime.zones,
    health: node.health,
    observer: parts.observer,
    clock,
    nodes:
      node.answers === undefined
        ? undefined
        : { answers: node.answers, tokens: nodeTokens(node.engine.runtime.keys) },
    options: {
      tokens: tokensIn(settings.authTokensFile),
      advertise: settings.advertise,
      drainTimeoutMs: settings.drainTimeout,
      tls,
      insecure: settings.insecure,
      descriptors: descriptorLimit(),
      proxies: addressesIn(settings.proxyAddresses),
    },
  });
  try {
    const port = await server.listen(settings.listen.host, settings.listen.port);
    if (tls === undefined) return { ...server, port };
    const unwatch = watchTlsFiles(settings, tls, server.renewTls, parts.observer);
    return {
      ...server,
      port,
      drain: () => {
        unwatch();
        return server.drain();
      },
    };
  } catch (fault) {
    // A refusal of ours has no cause and is its own sentence.
    if (fault instanceof Error && fault.cause === undefined) throw new CommandError(fault.message);
    throw listenFault('gRPC', settings.listen, '--listen', fault);
  }
}

function imageWriterOf({ images }: Node, dir: string): ImageWriter {
  return {
    directory: resolve(dir),
    writeAll: () => images.writeAll(),
    writeShared: () => images.writeShared(),
  };
}

function addressesIn(list: string): string[] {
  const addresses = list
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  const wrong = addresses.find((address) => isIP(address) === 0);
  if (wrong === undefined) return addresses;
  throw new CommandError(`--proxy-addresses wants IP addresses, not ${JSON.stringify(wrong)}`, EXIT.usage);
}

function tokensIn(file: string): string[] {
  if (file === '') return [];
  try {
    const tokens = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    if (tokens.length > 0) return tokens;
  } catch (fault) {
    throw new CommandError(
      `--auth-tokens-file ${file} cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`,
      EXIT.usage,
    );
  }
  throw new CommandError(`--auth-tokens-file ${file} holds no token`, EXIT.usage);
}
