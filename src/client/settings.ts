import type { ChannelCredentials } from '@grpc/grpc-js';

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
  /** How long one call may take, with all its attempts. */
  readonly deadlineMs: number;
  readonly retry: RetrySettings;
  /** Default: no encryption. */
  readonly credentials: ChannelCredentials | undefined;
  /** Draws the jitter, 0 to 1. */
  readonly random: () => number;
}

export type ClientOptions = Partial<Omit<ClientSettings, 'retry'>> & {
  readonly retry?: Partial<RetrySettings>;
};

const RETRY: RetrySettings = { attemptsMax: 8, backoffMs: 50, backoffMsMax: 2_000, attemptMs: 2_000 };

/** The settings with what was not given filled in. */
export function settingsOf(options: ClientOptions): ClientSettings {
  return {
    token: options.token ?? '',
    deadlineMs: options.deadlineMs ?? 5_000,
    retry: { ...RETRY, ...options.retry },
    credentials: options.credentials,
    random: options.random ?? Math.random,
  };
}
