import type { ChannelCredentials } from '@grpc/grpc-js';
import { AttuneError } from './attune-error.ts';
import { type TlsOptions, tlsCredentials, tlsFaults } from './tls-credentials.ts';

/** How often and how patiently something is tried again; always with the same id. */
export interface RetrySettings {
  /** Attempts of one call, the first included. */
  readonly attemptsMax: number;
  /** The first wait; it doubles up to `backoffMsMax`, and the half of it is drawn by chance. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  /** How long one attempt may take before it is tried again. */
  readonly attemptMs: number;
}

export interface ClientSettings {
  /** Sent as `authorization: Bearer`; '': none. */
  readonly token: string;
  /**
   * How long one call may take, with all its attempts. 5,000 unless given; 10,000 where the client follows the shard map: others take over
   * from a node that dies within about four seconds.
   */
  readonly deadlineMs: number;
  /**
   * Whether the client asks which node serves whom and sends each customer's requests straight there. Unless given it does where it knows several
   * addresses. One address may stand for several nodes too: a name that leads to any of them, say.
   */
  readonly shardMap: boolean;
  /** Told once what a person should know; default: a warning of Node's. */
  readonly warn: (sentence: string) => void;
  readonly retry: RetrySettings;
  /**
   * How long a stream gathers requests for one message, 0 to 5; 0: until the turn of the event loop ends. Longer costs
   * that much latency, and less of both ends' CPU where callers do not come at once.
   */
  readonly batchWaitMs: number;
  /** Of grpc-js; undefined: no encryption. */
  readonly credentials: ChannelCredentials | undefined;
  /** Draws the jitter, 0 to 1. */
  readonly random: () => number;
}

export type ClientOptions = Partial<Omit<ClientSettings, 'retry'>> & {
  readonly retry?: Partial<RetrySettings>;
  /** TLS, in place of `credentials`; without both nothing is encrypted. */
  readonly tls?: TlsOptions | undefined;
};

const RETRY: RetrySettings = { attemptsMax: 8, backoffMs: 50, backoffMsMax: 2_000, attemptMs: 2_000 };

const BATCH_WAIT_MS_MAX = 5;

const DEADLINE_MS = 5_000;
const DEADLINE_OF_SEVERAL_MS = 10_000;

/** The settings with what was not given filled in. `addresses`: how many the client is given. Throws AttuneError INVALID_ARGUMENT. */
export function settingsOf(options: ClientOptions, addresses = 1): ClientSettings {
  const { batchWaitMs = 0, shardMap = addresses > 1 } = options;
  if (!(batchWaitMs >= 0 && batchWaitMs <= BATCH_WAIT_MS_MAX)) {
    throw new AttuneError(
      'INVALID_ARGUMENT',
      `batchWaitMs must be a number from 0 to ${BATCH_WAIT_MS_MAX}, not ${batchWaitMs}.`,
    );
  }
  return {
    token: options.token ?? '',
    deadlineMs: options.deadlineMs ?? (shardMap ? DEADLINE_OF_SEVERAL_MS : DEADLINE_MS),
    shardMap,
    warn: options.warn ?? ((sentence) => process.emitWarning(sentence)),
    retry: { ...RETRY, ...options.retry },
    batchWaitMs,
    credentials: credentialsOf(options),
    random: options.random ?? Math.random,
  };
}

function credentialsOf({ credentials, tls }: ClientOptions): ChannelCredentials | undefined {
  if (tls === undefined) return credentials;
  const faults = tlsFaults(tls, (part) => `tls.${part}`);
  if (credentials !== undefined) faults.push('Give tls or credentials, not both.');
  if (faults.length > 0) throw new AttuneError('INVALID_ARGUMENT', faults.join(' '));
  return tlsCredentials(tls);
}
