import { readFileSync } from 'node:fs';
import { SystemClock } from '../adapter/system/system-clock.ts';
import type { ServeSettings } from '../config/options.ts';
import { createServer, type RpcServer } from '../rpc/server.ts';
import { CommandError, EXIT } from './command-line.ts';
import { listenFault } from './listen-fault.ts';
import { NodeReplays } from './node-replays.ts';
import type { Node, NodeParts } from './open-node.ts';

/** Puts gRPC before a node. Throws CommandError with a sentence when it cannot listen. */
export async function serveGrpc(
  node: Node,
  settings: Pick<ServeSettings, 'listen' | 'authTokensFile' | 'drainTimeout'>,
  parts: NodeParts,
): Promise<RpcServer & { readonly port: number }> {
  const clock = parts.clock ?? new SystemClock();
  const server = createServer({
    replays: new NodeReplays(node),
    customers: node.door,
    policies: node.policies,
    catalog: node.catalog,
    observer: parts.observer,
    clock,
    options: { tokens: tokensIn(settings.authTokensFile), drainTimeoutMs: settings.drainTimeout },
  });
  try {
    const port = await server.listen(settings.listen.host, settings.listen.port);
    return { ...server, port };
  } catch (fault) {
    // A refusal of ours has no cause and is its own sentence.
    if (fault instanceof Error && fault.cause === undefined) throw new CommandError(fault.message);
    throw listenFault('gRPC', settings.listen, '--listen', fault);
  }
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
