import { createHash, timingSafeEqual } from 'node:crypto';
import { failure } from './failure.ts';
import type { FastCall } from './fast-call.ts';
import type { FastRoute } from './grpc-fast.ts';
import { statusOf } from './status.ts';

/**
 * The tokens that admit a caller, kept as hashes of equal length. Every one is compared in full on every call, so that
 * the time taken tells neither how far a guess was right nor which token it was near.
 */
export class BearerTokens {
  readonly #hashes: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#hashes = tokens.map(sha256);
  }

  /** `authorization` as it stands in the headers. */
  admits(authorization: string | undefined): boolean {
    const match = /^Bearer +(\S+) *$/i.exec(authorization ?? '');
    if (match === null) return false;
    const given = sha256(match[1] as string);
    let admitted = false;
    for (const hash of this.#hashes) admitted = timingSafeEqual(hash, given) || admitted;
    return admitted;
  }
}

/** What a caller without a known token is told. */
export const TOKEN_REFUSED = failure(
  'unauthenticated',
  'Send a known token as metadata "authorization: Bearer <token>".',
);
const REFUSED = statusOf(TOKEN_REFUSED);

/** The same route, for callers with a token only. */
export function guarded(route: FastRoute, tokens: BearerTokens): FastRoute {
  const admits = (call: FastCall): boolean => {
    if (tokens.admits(call.header('authorization'))) return true;
    call.fail(REFUSED);
    return false;
  };
  if (route.kind === 'unary') return { ...route, admit: admits };
  const nobody = { message: () => {}, halfClosed: () => {}, closed: () => {} };
  return { ...route, open: (call) => (admits(call) ? route.open(call) : nobody) };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
