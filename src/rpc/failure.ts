import type { Violation, WireFault } from '../codec/wire/violation.ts';
import { INTERVALS } from '../config/limits.ts';
import type { Refusal, RefusalCode } from '../port/customers.ts';

/** Why a call is not answered; `status.ts` turns it into a gRPC status. */
export type FailureCode = RefusalCode | 'aborted' | 'unimplemented' | 'unauthenticated';

export interface Failure {
  readonly kind: 'refused';
  readonly code: FailureCode;
  /** A sentence for the caller. */
  readonly message: string;
  /** 0: no delay is named. */
  readonly retryAfterMs: number;
  readonly faults: readonly Violation[];
}

const NO_FAULTS: readonly Violation[] = [];

export function failure(code: FailureCode, message: string, retryAfterMs = 0): Failure {
  return { kind: 'refused', code, message, retryAfterMs, faults: NO_FAULTS };
}

/** A request that breaks rules; the message repeats the first and counts the others. */
export function invalidRequest(faults: readonly Violation[]): Failure {
  return { kind: 'refused', code: 'invalid', message: firstFault(faults), retryAfterMs: 0, faults };
}

/** A hot message that its parser refused. */
export function malformed(fault: WireFault): Failure {
  return {
    kind: 'refused',
    code: 'invalid',
    message: fault.message,
    retryAfterMs: 0,
    faults: fault.violations,
  };
}

/** The reply to new requests while the server drains. */
export const SHUTTING_DOWN = failure(
  'unavailable',
  'This server is shutting down; retry with the same id.',
  INTERVALS.retryDelayMs,
);

/** A refusal of the actors as a failure. */
export function refused(refusal: Refusal): Failure {
  const { code, message, retryAfterMs } = refusal;
  return { kind: 'refused', code, message, retryAfterMs, faults: faultsOf(refusal) };
}

/** The faults that a refusal names: one, or none. */
export function faultsOf({ field, rule, value, message, faults }: Refusal): readonly Violation[] {
  if (faults !== undefined && faults.length > 0) return faults;
  return field === '' && rule === '' ? NO_FAULTS : [{ field, rule, value: cut(value), message }];
}

/** The refused value as a caller may see it again: at most 64 bytes. */
export function cut(value: string): string {
  if (Buffer.byteLength(value) <= 64) return value;
  let end = Math.min(value.length, 61);
  while (Buffer.byteLength(value.slice(0, end)) > 61) end--;
  return `${value.slice(0, end).toWellFormed()}…`;
}

function firstFault(faults: readonly Violation[]): string {
  const first = faults[0]?.message ?? 'The request is not valid.';
  return faults.length <= 1 ? first : `${first} (and ${faults.length - 1} more)`;
}

/** Tells a failure from a reply: no message of the contract has a field `kind` with this value. */
export function isFailure(outcome: unknown): outcome is Failure {
  return (
    typeof outcome === 'object' && outcome !== null && (outcome as { kind?: unknown }).kind === 'refused'
  );
}
