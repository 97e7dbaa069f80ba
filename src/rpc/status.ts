import { create, type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { type Any, anyPack, type Duration, DurationSchema } from '@bufbuild/protobuf/wkt';
import { status as grpc } from '@grpc/grpc-js';
import { INTERVALS } from '../config/limits.ts';
import { ViolationSchema } from '../gen/attune/v1/value_pb.ts';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb.ts';
import { type Status, StatusSchema } from '../gen/google/rpc/status_pb.ts';
import type { Observer } from '../port/observer.ts';
import { PortError, type PortErrorKind } from '../port/port-error.ts';
import type { CallStatus } from './call.ts';
import { type Failure, type FailureCode, failure } from './failure.ts';

/** The one table: what a failure is called in gRPC, and the stable reason of its ErrorInfo. */
const GRPC_STATUS: Readonly<Record<FailureCode, { readonly code: grpc; readonly reason: string }>> = {
  invalid: { code: grpc.INVALID_ARGUMENT, reason: 'REQUEST_INVALID' },
  already_exists: { code: grpc.ALREADY_EXISTS, reason: 'ID_REUSED' },
  out_of_range: { code: grpc.OUT_OF_RANGE, reason: 'TIME_OUT_OF_RANGE' },
  precondition: { code: grpc.FAILED_PRECONDITION, reason: 'PRECONDITION_FAILED' },
  not_found: { code: grpc.NOT_FOUND, reason: 'NOT_FOUND' },
  exhausted: { code: grpc.RESOURCE_EXHAUSTED, reason: 'BOUND_REACHED' },
  unavailable: { code: grpc.UNAVAILABLE, reason: 'UNAVAILABLE' },
  deadline: { code: grpc.DEADLINE_EXCEEDED, reason: 'DEADLINE_PASSED' },
  internal: { code: grpc.INTERNAL, reason: 'INTERNAL' },
  aborted: { code: grpc.ABORTED, reason: 'VERSION_CONFLICT' },
  unimplemented: { code: grpc.UNIMPLEMENTED, reason: 'UNIMPLEMENTED' },
  unauthenticated: { code: grpc.UNAUTHENTICATED, reason: 'TOKEN_REFUSED' },
};

const DOMAIN = 'attune';
/** HTTP/2 peers accept some 8 KiB of headers; faults that do not fit are counted in the message. */
const FAULT_BYTES_MAX = 2_500;
const MESSAGE_CHARS_MAX = 800;

/** The gRPC code of a failure. */
export function codeOf(code: FailureCode): number {
  return GRPC_STATUS[code].code;
}

/** How a call ends with this failure. */
export function statusOf(why: Failure): CallStatus {
  const details = Buffer.from(toBinary(StatusSchema, rpcStatus(why)));
  return { code: codeOf(why.code), message: sentence(why), details };
}

/** The same as a message, for streams whose messages fail one by one. */
export function rpcStatus(why: Failure): Status {
  return create(StatusSchema, { code: codeOf(why.code), message: sentence(why), details: detailsOf(why) });
}

/**
 * What a method threw, as its caller sees it: a PortError by its kind, anything else as INTERNAL without a detail. The
 * observer gets the whole of it; `method` names the call.
 */
export function failureOf(thrown: unknown, method: string, observer: Observer): Failure {
  observer.fault(`${method} failed`, thrown);
  return thrown instanceof PortError ? PORT_FAILURES[thrown.kind] : INTERNAL;
}

const INTERNAL = failure('internal', 'Something went wrong on our side.');
const PORT_FAILURES: Readonly<Record<PortErrorKind, Failure>> = {
  unavailable: failure(
    'unavailable',
    'The store does not answer now; retry with the same id.',
    INTERVALS.retryDelayMs,
  ),
  conflict: failure(
    'unavailable',
    'Somebody else wrote at the same time; retry with the same id.',
    INTERVALS.retryDelayMs,
  ),
  full: failure('exhausted', 'The store has no room; nothing was accepted.', INTERVALS.fullRetryDelayMs),
  corrupt: INTERNAL,
};

/** Milliseconds as the contract carries them. */
export function durationOf(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return create(DurationSchema, {
    seconds: BigInt(seconds),
    nanos: Math.round((ms - seconds * 1000) * 1e6),
  });
}

function sentence({ message }: Failure): string {
  return message.length <= MESSAGE_CHARS_MAX ? message : `${message.slice(0, MESSAGE_CHARS_MAX - 1)}…`;
}

function detailsOf(why: Failure): Any[] {
  const details = [
    pack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: GRPC_STATUS[why.code].reason, domain: DOMAIN })),
  ];
  if (why.retryAfterMs > 0)
    details.push(
      pack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay: durationOf(why.retryAfterMs) })),
    );
  return why.faults.length === 0 ? details : [...details, ...faultDetails(why)];
}

/** Each fault as google.rpc tools read it, and as our own message, which keeps rule and value apart. */
function faultDetails({ faults }: Failure): Any[] {
  const shown: Any[] = [];
  const fieldViolations: { field: string; description: string; reason: string }[] = [];
  let bytes = 0;
  for (const { field, rule, value, message } of faults) {
    bytes += 2 * (field.length + rule.length + value.length + message.length) + 64;
    if (shown.length > 0 && bytes > FAULT_BYTES_MAX) break;
    fieldViolations.push({ field, description: message, reason: rule });
    shown.push(pack(ViolationSchema, create(ViolationSchema, { field, rule, value, message })));
  }
  return [pack(BadRequestSchema, create(BadRequestSchema, { fieldViolations })), ...shown];
}

function pack<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Any {
  return anyPack(schema, message);
}
