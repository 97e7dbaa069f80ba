import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AttuneError, errorOfCall, errorOfStatus } from '../client/attune-error.ts';
import type { Observer } from '../port/observer.ts';
import { PortError, type PortErrorKind } from '../port/port-error.ts';
import { cut, type Failure, failure, invalidRequest, refused } from './failure.ts';
import { durationOf, failureOf, rpcStatus, statusOf } from './status.ts';

/** The failure as a caller's library sees it, through headers. */
function received(why: Failure): AttuneError {
  const { code, message, details: bytes } = statusOf(why);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', bytes ?? Buffer.alloc(0));
  return errorOfCall(Object.assign(new Error(message), { code, details: message, metadata }) as ServiceError);
}

test('every failure has its gRPC code and a stable reason', () => {
  const codes = [
    ['invalid', 'INVALID_ARGUMENT', 'REQUEST_INVALID'],
    ['already_exists', 'ALREADY_EXISTS', 'ID_REUSED'],
    ['out_of_range', 'OUT_OF_RANGE', 'TIME_OUT_OF_RANGE'],
    ['precondition', 'FAILED_PRECONDITION', 'PRECONDITION_FAILED'],
    ['not_found', 'NOT_FOUND', 'NOT_FOUND'],
    ['exhausted', 'RESOURCE_EXHAUSTED', 'BOUND_REACHED'],
    ['unavailable', 'UNAVAILABLE', 'UNAVAILABLE'],
    ['deadline', 'DEADLINE_EXCEEDED', 'DEADLINE_PASSED'],
    ['internal', 'INTERNAL', 'INTERNAL'],
    ['aborted', 'ABORTED', 'VERSION_CONFLICT'],
    ['unimplemented', 'UNIMPLEMENTED', 'UNIMPLEMENTED'],
    ['unauthenticated', 'UNAUTHENTICATED', 'TOKEN_REFUSED'],
  ] as const;
  for (const [code, name, reason] of codes) {
    const error = received(failure(code, 'A sentence.'));
    expect([error.code, error.reason, error.message]).toEqual([name, reason, 'A sentence.']);
  }
});

test('a caller reads field, rule, value and delay of a refusal, from a call and from a message of a stream', () => {
  const why = refused({
    kind: 'refused',
    code: 'invalid',
    message: 'It is too much.',
    retryAfterMs: 1_250,
    field: 'credits',
    rule: 'uint32.lte',
    value: '2000',
  });
  for (const error of [received(why), errorOfStatus(rpcStatus(why))]) {
    expect(error.retryAfterMs).toBe(1_250);
    expect(error.violations).toMatchObject([
      { field: 'credits', rule: 'uint32.lte', value: '2000', message: 'It is too much.' },
    ]);
  }
});

test('faults beyond what headers hold are counted, not sent', () => {
  const faults = Array.from({ length: 100 }, (_, n) => ({
    field: `events[${n}].identifiers[0].value`,
    rule: 'string.max_bytes',
    value: 'v'.repeat(64),
    message: `\`events[${n}].identifiers[0].value\` is longer than 256 bytes.`,
  }));
  const why = invalidRequest(faults);
  expect(statusOf(why).details?.length).toBeLessThan(6_000);
  const error = received(why);
  expect(error.violations.length).toBeGreaterThan(3);
  expect(error.message).toContain('(and 99 more)');
});

test('a refused value is cut to 64 bytes of whole characters', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'é', '€', '😀'), { maxLength: 90 }), (characters) => {
      const value = characters.join('');
      const shown = cut(value);
      expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(64);
      if (Buffer.byteLength(value) <= 64) expect(shown).toBe(value);
      else expect(shown.isWellFormed()).toBe(true);
    }),
  );
});

test('what somebody threw is told to the observer whole and to the caller blandly', () => {
  const told: unknown[] = [];
  const observer = {
    fault: (sentence: string, cause: unknown) => told.push(sentence, cause),
  } as never as Observer;
  const secret = new Error('table users at 10.0.0.7');
  const why = failureOf(secret, 'EventService/Publish', observer);
  expect(told).toEqual(['EventService/Publish failed', secret]);
  expect([why.code, why.message]).toEqual(['internal', 'Something went wrong on our side.']);
  const kinds: [PortErrorKind, number][] = [
    ['unavailable', status.UNAVAILABLE],
    ['conflict', status.UNAVAILABLE],
    ['full', status.RESOURCE_EXHAUSTED],
    ['corrupt', status.INTERNAL],
  ];
  for (const [kind, code] of kinds) {
    const ending = statusOf(failureOf(new PortError(kind, 'page 7 of /var/data'), 'm', observer));
    expect(ending.code).toBe(code);
    expect(ending.message).not.toContain('/var');
  }
});

test('a duration keeps its milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e10 }), (ms) => {
      const { seconds, nanos } = durationOf(ms);
      expect(Number(seconds) * 1000 + nanos / 1e6).toBe(ms);
      expect(nanos).toBeLessThan(1e9);
    }),
  );
});
