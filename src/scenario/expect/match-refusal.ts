import type { AttuneError } from '../../client/attune-error.ts';
import type { Violation } from '../../gen/attune/v1/value_pb.ts';
import type { RefusalExpectation } from '../file/shape-event.ts';
import { listOf } from '../file/shape-words.ts';
import { type Complaint, complaint } from './failure.ts';

/** Complaints about an error that is not the expected one. */
export function matchRefusal(expected: RefusalExpectation, error: AttuneError): Complaint[] {
  const complaints: Complaint[] = [];
  if (expected.code !== undefined && error.code !== expected.code)
    complaints.push(complaint(`the error ${expected.code}`, `${error.code}: ${error.message}`));
  return [...complaints, ...matchViolations(expected, error.violations, error.message)];
}

export function matchViolations(
  expected: {
    field?: string | undefined;
    rule?: string | undefined;
    contains?: string | string[] | undefined;
  },
  violations: readonly Violation[],
  message: string,
): Complaint[] {
  const complaints: Complaint[] = [];
  const found = violations.map((one) => `${one.field} (${one.rule}): ${one.message}`).join('; ') || message;
  if (expected.field !== undefined && !violations.some((one) => one.field === expected.field))
    complaints.push(complaint(`a fault of the field ${expected.field}`, found));
  if (expected.rule !== undefined && !violations.some((one) => one.rule === expected.rule))
    complaints.push(complaint(`the broken rule ${expected.rule}`, found));
  const sentences = [message, ...violations.map((one) => `${one.field} ${one.message}`)].join('\n');
  for (const part of listOf(expected.contains))
    if (!sentences.includes(part)) complaints.push(complaint(`a sentence with "${part}"`, sentences));
  return complaints;
}

/** Complaints about warnings of an event that are missing, or there where none may be. */
export function matchWarnings(
  expected: string | readonly string[] | undefined,
  warnings: readonly Violation[],
): Complaint[] {
  if (expected === undefined) return [];
  const wanted = typeof expected === 'string' ? [expected] : expected;
  const found = warnings.map((one) => `${one.field} (${one.rule}): ${one.message}`).join('; ');
  if (wanted.length === 0) return warnings.length === 0 ? [] : [complaint('no warning', found)];
  return wanted
    .filter((rule) => !warnings.some((one) => one.rule === rule))
    .map((rule) => complaint(`the warning ${rule}`, found === '' ? 'no warning' : found));
}
