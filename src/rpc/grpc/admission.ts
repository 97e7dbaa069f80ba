import { type Metadata, status } from '@grpc/grpc-js';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { BearerTokens } from '../bearer.ts';
import type { CallRoute, CallStatus, UnaryRoute } from '../call.ts';
import { failure } from '../failure.ts';
import { statusOf } from '../status.ts';
import type { CallLedger } from './call-ledger.ts';
import { type Connections, PRICES } from './connections.ts';
import type { IncomingStream } from './incoming-stream.ts';

/** Who may call. Neither tokens nor certificates: everybody who reaches the port. */
export interface AdmissionRules {
  readonly tokens: BearerTokens | undefined;
  /** Callers show a certificate that the client CA signed. */
  readonly certificates: boolean;
}

const NO_METHOD: CallStatus = { code: status.UNIMPLEMENTED, message: 'This server has no such method.' };
const NO_TOKEN = statusOf(
  failure('unauthenticated', 'Send a known token as metadata "authorization: Bearer <token>".'),
);
const NO_NODE_TOKEN = statusOf(
  failure(
    'unauthenticated',
    'Only nodes of this deployment may call this: those with the same --secret-keys.',
  ),
);
const NO_CERTIFICATE = statusOf(
  failure('unauthenticated', 'Connect with a client certificate that this server’s client CA signed.'),
);
const TOO_MANY_STREAMS = statusOf(
  failure('exhausted', `There are ${LIMITS.streamsMax} streams open already.`, INTERVALS.retryDelayMs),
);
const TOO_MANY_STRANGERS = statusOf(
  failure(
    'exhausted',
    `Without a token, health answers ${LIMITS.strangerCallsMax} calls at once and ${LIMITS.strangerCallsPerConnectionMax} of a connection.`,
    INTERVALS.fullRetryDelayMs,
  ),
);
const TOO_MANY_COMPRESSED = statusOf(
  failure(
    'exhausted',
    `There are ${LIMITS.unpackingMax} compressed streams open already.`,
    INTERVALS.fullRetryDelayMs,
  ),
);

/** Stands for a method that does not exist: its calls are refused by their headers. */
export const NO_ROUTE: UnaryRoute = {
  kind: 'unary',
  messageBytesMax: 0,
  failed: () => {},
  handler: () => {},
};

/**
 * Decides about each call by its headers alone, before anything of its message is read: first who calls, then whether there
 * is room. Everything that is refused to a stranger is a debt of their connection and address.
 */
export class Admission {
  readonly #rules: AdmissionRules;
  readonly #connections: Connections;
  readonly #ledger: CallLedger;
  #strangers = 0;

  constructor(rules: AdmissionRules, connections: Connections, ledger: CallLedger) {
    this.#rules = rules;
    this.#connections = connections;
    this.#ledger = ledger;
  }

  /** Why a call is refused; undefined: it is let in. */
  admit(incoming: IncomingStream, route: CallRoute, metadata: Metadata): CallStatus | undefined {
    const { peer } = incoming;
    const refusal = this.#unknownCaller(incoming, route, metadata);
    if (refusal !== undefined && route.openToStrangers !== true) {
      this.#connections.charge(peer, PRICES.refused);
      return refusal;
    }
    if (refusal === undefined) this.#connections.admitted(peer);
    else {
      const isCrowded = this.#isCrowded(incoming);
      this.#connections.charge(peer, isCrowded ? PRICES.refused : PRICES.health);
      if (isCrowded) return TOO_MANY_STRANGERS;
    }
    if (route === NO_ROUTE) return NO_METHOD;
    if (this.#ledger.open.size >= LIMITS.streamsMax) return TOO_MANY_STREAMS;
    // A unary call waits for its turn to be unpacked, a stream could stay for as long as it likes.
    if (incoming.isCompressed && route.kind === 'bidi' && !incoming.startUnpacking())
      return TOO_MANY_COMPRESSED;
    if (refusal !== undefined) {
      this.#strangers++;
      incoming.onDetach(() => this.#strangers--);
    }
    peer.usedAtMs = this.#ledger.now();
    return undefined;
  }

  #isCrowded({ peer, isCompressed }: IncomingStream): boolean {
    if (isCompressed || this.#strangers >= LIMITS.strangerCallsMax) return true;
    return peer.calls >= LIMITS.strangerCallsPerConnectionMax;
  }

  #unknownCaller(
    { peer }: IncomingStream,
    { callers }: CallRoute,
    metadata: Metadata,
  ): CallStatus | undefined {
    const { certificates } = this.#rules;
    if (certificates && !peer.hasCertificate) return NO_CERTIFICATE;
    const tokens = callers ?? this.#rules.tokens;
    if (tokens === undefined) return undefined;
    const [given] = metadata.get('authorization');
    if (typeof given === 'string' && tokens.admits(given)) return undefined;
    return callers === undefined ? NO_TOKEN : NO_NODE_TOKEN;
  }
}
