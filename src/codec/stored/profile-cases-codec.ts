/** The support cases of a customer: see core/profile/support-case.ts. */
import type { SupportCase } from '../../core/profile/support-case.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

export function writeCases(
  writer: ByteWriter,
  texts: TextTableWriter,
  cases: readonly SupportCase[],
  base: number,
): void {
  writer.varint(cases.length);
  for (const { id, openedAt, closedAt } of cases) {
    texts.write(writer, id);
    writer.near(openedAt, base);
    writer.near(closedAt, openedAt);
  }
}

export function readCases(reader: ByteReader, texts: TextTableReader, base: number): readonly SupportCase[] {
  const cases = new Array<SupportCase>(reader.count(3, 'support cases'));
  for (let i = 0; i < cases.length; i++) {
    const id = texts.read(reader);
    const openedAt = reader.near(base);
    cases[i] = { id, openedAt, closedAt: reader.near(openedAt) };
  }
  return cases;
}
