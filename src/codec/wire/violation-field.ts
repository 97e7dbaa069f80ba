import type { Violation } from './violation.ts';
import type { WireWriter } from './wire-writer.ts';

/** Writes an attune.v1.Violation as the field `tag`. */
export function writeViolation(writer: WireWriter, tag: number, violation: Violation): void {
  const body = writer.nest(tag, 1);
  writer.text(10, violation.field);
  writer.text(18, violation.rule);
  writer.text(26, violation.value);
  writer.text(34, violation.message);
  writer.close(body, 1);
}
