import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type ServiceError, status } from '@grpc/grpc-js';
import { type Violation, ViolationSchema } from '../gen/attune/v1/value_pb.ts';
import { ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb.ts';
import { type Status, StatusSchema } from '../gen/google/rpc/status_pb.ts';
import { msOf } from './duration.ts';

/** The name of a gRPC status, such as `INVALID_ARGUMENT`. */
export type StatusName = keyof typeof status;

/** The one error that this client throws. */
export class AttuneError extends Error {
  override readonly name = 'AttuneError';
  readonly code: StatusName;
  /** The service's stable reason, such as `ID_REUSED`; '' when it gave none (a broken connection). */
  readonly reason: string;
  /** Of INVALID_ARGUMENT and rejected events: every field that broke a rule, with the value found. */
  readonly violations: readonly Violation[];
  /** How long the service asks to wait before a retry; 0: it named no time. */
  readonly retryAfterMs: number;

  constructor(
    code: StatusName,
    message: string,
    details: {
      readonly reason?: string;
      readonly violations?: readonly Violation[];
      readonly retryAfterMs?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.reason = details.reason ?? '';
    this.violations = details.violations ?? [];
    this.retryAfterMs = details.retryAfterMs ?? 0;
  }

  /** Worth sending again with the same id: nothing was done, or what was done is not known. */
  get retryable(): boolean {
    return (
      this.code === 'UNAVAILABLE' || this.code === 'DEADLINE_EXCEEDED' || this.code === 'RESOURCE_EXHAUSTED'
    );
  }
}

/** What grpc-js reports of a failed call. */
export function errorOfCall(error: ServiceError): AttuneError {
  const bytes = error.metadata?.get('grpc-status-details-bin')[0];
  const known = bytes instanceof Buffer ? errorOfStatus(fromBinary(StatusSchema, bytes)) : undefined;
  const code = nameOf(error.code);
  const message = error.details || error.message;
  if (known === undefined) return new AttuneError(code, message, { cause: error });
  return new AttuneError(code, message, { ...known, cause: error });
}

/** What the service reports of one message of a stream. */
export function errorOfStatus(why: Status): AttuneError {
  let reason = '';
  let retryAfterMs = 0;
  const violations: Violation[] = [];
  for (const detail of why.details) {
    const violation = anyUnpack(detail, ViolationSchema);
    if (violation !== undefined) violations.push(violation);
    retryAfterMs = msOf(anyUnpack(detail, RetryInfoSchema)?.retryDelay) || retryAfterMs;
    reason = anyUnpack(detail, ErrorInfoSchema)?.reason || reason;
  }
  return new AttuneError(nameOf(why.code), why.message, { reason, violations, retryAfterMs });
}

function nameOf(code: number): StatusName {
  return (status[code] as StatusName | undefined) ?? 'UNKNOWN';
}
