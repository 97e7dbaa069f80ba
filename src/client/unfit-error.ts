import { AttuneError } from './attune-error.ts';

/** Reason of a request that never left, because no message of the contract can hold it. */
export const UNFIT = 'UNFIT';

/** The error of such a request. */
export function unfitError(message: string, cause?: unknown): AttuneError {
  return new AttuneError('INVALID_ARGUMENT', message, { reason: UNFIT, cause });
}
