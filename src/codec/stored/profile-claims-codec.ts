import { NO_CLAIMS, NO_STRANGERS } from '../../core/profile/empty-profile.ts';
import type { Moved } from '../../core/profile/link.ts';
import type { Claimed, Profile } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readCause, readWay, writeCause, writeWay } from './claim-way-codec.ts';
import { readIdentifierKey, writeIdentifierKey } from './customer-id-codec.ts';

/** Keys on their way here, and those of strangers. */
export function writeClaims(writer: ByteWriter, { claims, strangers }: Profile, base: number): void {
  writer.varint(claims.length);
  for (const claimed of claims) {
    writeIdentifierKey(writer, claimed.key);
    writeWay(writer, claimed);
    writer.near(claimed.at, base);
    writer.number(claimed.claim);
    writeCause(writer, claimed);
  }
  writer.varint(strangers.length);
  for (const value of strangers) writer.number(value);
}

export function readClaims(
  reader: ByteReader,
  base: number,
): { readonly claims: readonly Claimed[]; readonly strangers: readonly number[] } {
  const claims: Claimed[] = [];
  for (let left = reader.count(4, 'claims'); left > 0; left--) {
    const key = readIdentifierKey(reader);
    const way = readWay(reader);
    const at = reader.near(base);
    const claim = reader.number();
    const { origin, link = { seq: claim, index: 0 }, isDeclared = false } = readCause(reader);
    claims.push({ key, ...way, at, claim, link, origin, isDeclared });
  }
  const strangers: number[] = [];
  for (let left = reader.count(1, 'strangers'); left > 0; left--) strangers.push(reader.number());
  return {
    claims: claims.length === 0 ? NO_CLAIMS : claims,
    strangers: strangers.length === 0 ? NO_STRANGERS : strangers,
  };
}

/** When people became one with them. */
export function writeUnions(writer: ByteWriter, united: readonly number[], base: number): void {
  writer.varint(united.length);
  for (const at of united) writer.near(at, base);
}

export function readUnions(reader: ByteReader, base: number): number[] {
  const united: number[] = [];
  for (let left = reader.count(1, 'unions'); left > 0; left--) united.push(reader.near(base));
  return united;
}

export function writeMoved(writer: ByteWriter, { to, claim, at, estate }: Moved, base: number): void {
  writeIdentifierKey(writer, to);
  writer.number(claim);
  writer.near(at, base);
  writer.block(estate);
}

export function readMoved(reader: ByteReader, base: number): Moved {
  const to = readIdentifierKey(reader);
  const claim = reader.number();
  return { to, claim, at: reader.near(base), estate: reader.block() };
}
