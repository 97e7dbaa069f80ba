import { GrpcNodeWires } from '../adapter/grpc/grpc-node-wires.ts';
import type { NodeTls } from '../adapter/grpc/node-stream.ts';
import type { NodeWireBounds } from '../adapter/grpc/node-wire.ts';
import { INTERVALS, LIMITS } from '../config/limits.ts';
import type { ServeSettings } from '../config/options.ts';
import type { Observer } from '../port/observer.ts';
import type { SecretKeys } from '../port/secret-keys.ts';
import { CommandError, EXIT } from './command/command-line.ts';
import { nodeToken } from './node-tokens.ts';
import { readCa, readTlsFiles } from './tls-files.ts';

export type NodeWiresSettings = Pick<ServeSettings, 'tlsCert' | 'tlsKey' | 'tlsClientCa' | 'nodeCa'>;

const BOUNDS: NodeWireBounds = {
  questionBytesMax: LIMITS.nodeQuestionBytesMax,
  answerBytesMax: LIMITS.nodeAnswerBytesMax,
  questionsMax: LIMITS.nodeQuestionsMax,
  questionsBytesMax: LIMITS.nodeQuestionsBytesMax,
  questionMsMax: LIMITS.nodeQuestionMsMax,
  unsentMsMax: LIMITS.nodeUnsentMsMax,
  openMsMax: LIMITS.nodeOpenMsMax,
  keepaliveMs: INTERVALS.nodeKeepaliveMs,
  keepaliveTimeoutMs: INTERVALS.nodeKeepaliveTimeoutMs,
  reopenMs: INTERVALS.nodeReopenMs,
  reopenMsMax: INTERVALS.nodeReopenMsMax,
  streamAgeMs: INTERVALS.nodeStreamAgeMs,
  idleMs: INTERVALS.nodeIdleMs,
};

/**
 * What a node speaks to the others through. Certificates are read again for each connection; with such as do not load there is none. Throws CommandError with a sentence: a file is missing, or does not load.
 */
export function openNodeWires(
  settings: NodeWiresSettings,
  keys: SecretKeys,
  observer: Observer,
): GrpcNodeWires {
  readNodeTls(settings);
  return new GrpcNodeWires({
    token: nodeToken(keys),
    tls: () => readNodeTls(settings),
    bounds: BOUNDS,
    observer,
    random: Math.random,
  });
}

/** What a node shows to the others, and whom it believes; undefined: no TLS. */
function readNodeTls(settings: NodeWiresSettings): NodeTls | undefined {
  const own = readTlsFiles(settings);
  const { nodeCa } = settings;
  if (own === undefined) {
    if (nodeCa === '') return undefined;
    throw new CommandError('--node-ca needs --tls-cert and --tls-key as well', EXIT.usage);
  }
  const ca = nodeCa === '' ? own.clientCa : readCa('--node-ca', nodeCa);
  return { ca, cert: own.cert, key: own.key };
}
