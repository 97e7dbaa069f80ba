/** The audiences that a customer is in, or was: see core/profile/audiences.ts. */
import type { CustomerId } from '../../base/brand.ts';
import type { Membership } from '../../core/profile/membership.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readChoice, writeChoice } from './choice-codec.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

const IS_IN = 1;
const IS_ANOTHER = 2;

/** `id`: the customer, whose own rows do not repeat it. */
export function writeAudiences(
  writer: ByteWriter,
  texts: TextTableWriter,
  { id, audiences }: { readonly id: CustomerId; readonly audiences: readonly Membership[] },
  base: number,
): void {
  writer.varint(audiences.length);
  for (const { member, audience, version, ref, choice } of audiences) {
    writer.u8((choice === undefined ? 0 : IS_IN) | (member === id ? 0 : IS_ANOTHER));
    if (member !== id) writeCustomerId(writer, member);
    texts.write(writer, audience);
    writer.near(version, base);
    writeChoiceRef(writer, ref);
    if (choice !== undefined) writeChoice(writer, choice, base);
  }
}

export function readAudiences(
  reader: ByteReader,
  texts: TextTableReader,
  id: CustomerId,
  base: number,
): readonly Membership[] {
  const rows = new Array<Membership>(reader.count(5, 'audiences'));
  for (let i = 0; i < rows.length; i++) {
    const flags = reader.u8();
    rows[i] = {
      member: (flags & IS_ANOTHER) === 0 ? id : readCustomerId(reader),
      audience: texts.read(reader),
      version: reader.near(base),
      ref: readChoiceRef(reader),
      choice: (flags & IS_IN) === 0 ? undefined : readChoice(reader, base),
    };
  }
  return rows;
}
