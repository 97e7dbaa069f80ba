/** Links in messages that were followed: see core/profile/landing.ts. */
import { NO_SPENT_TOKENS } from '../../core/profile/empty-profile.ts';
import type { Provisional, SpentToken } from '../../core/profile/linked-browser.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readChoiceRef, writeChoiceRef } from './choice-ref-codec.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';

export function writeLandings(writer: ByteWriter, { provisional, spentTokens }: Profile, base: number): void {
  writer.u8(provisional === undefined ? 0 : 1);
  if (provisional !== undefined) {
    writeCustomerId(writer, provisional.to);
    writer.near(provisional.at, base);
    writer.near(provisional.until, provisional.at);
  }
  writer.varint(spentTokens.length);
  for (const spent of spentTokens) {
    writeChoiceRef(writer, spent);
    writer.number(spent.browser);
    writer.near(spent.at, base);
  }
}

export function readLandings(
  reader: ByteReader,
  base: number,
): { readonly provisional: Provisional | undefined; readonly spentTokens: readonly SpentToken[] } {
  const provisional = reader.u8() === 0 ? undefined : readProvisional(reader, base);
  const spentTokens = new Array<SpentToken>(reader.count(5, 'spent tokens'));
  for (let i = 0; i < spentTokens.length; i++)
    spentTokens[i] = { ...readChoiceRef(reader), browser: reader.number(), at: reader.near(base) };
  return { provisional, spentTokens: spentTokens.length === 0 ? NO_SPENT_TOKENS : spentTokens };
}

function readProvisional(reader: ByteReader, base: number): Provisional {
  const to = readCustomerId(reader);
  const at = reader.near(base);
  return { to, at, until: reader.near(at) };
}
