import type { IdentifierKey } from '../../base/brand.ts';
import { NO_KEPT_APART, NO_LINKS, NO_PARTINGS, NO_TRAIL } from '../../core/profile/empty-profile.ts';
import type { KeptApart, Link, Parting } from '../../core/profile/link.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readIdentifierKey, writeIdentifierKey } from './customer-id-codec.ts';
import { readParted, writeParted } from './parted-codec.ts';

export type ProfileLinks = Pick<Profile, 'links' | 'trail'>;
export type ProfilePartings = Pick<Profile, 'keptApart' | 'partings'>;

export const UNLINKED_PROFILE: ProfileLinks = { links: NO_LINKS, trail: NO_TRAIL };
export const UNPARTED_PROFILE: ProfilePartings = { keptApart: NO_KEPT_APART, partings: NO_PARTINGS };

/** Most records of a trail follow one another closely. */
export function writeLinks(writer: ByteWriter, { links, trail }: ProfileLinks, base: number): void {
  writer.varint(links.length);
  for (const link of links) {
    writeIdentifierKey(writer, link.key);
    writer.number(link.seq);
    writer.number(link.index);
    writer.near(link.inSeq, link.seq);
    writer.near(link.at, base);
    writer.flag(link.isUndone);
  }
  writer.varint(trail.length);
  let last = 0;
  for (const seq of trail) {
    writer.near(seq, last);
    last = seq;
  }
}

export function readLinks(reader: ByteReader, base: number): ProfileLinks {
  const links: Link[] = [];
  for (let left = reader.count(6, 'links'); left > 0; left--) {
    const key = readIdentifierKey(reader);
    const seq = reader.number();
    const index = reader.number();
    const inSeq = reader.near(seq);
    links.push({ key, seq, index, inSeq, at: reader.near(base), isUndone: reader.flag() });
  }
  const trail: number[] = [];
  let last = 0;
  for (let left = reader.count(1, 'records of a trail'); left > 0; left--) {
    last = reader.near(last);
    trail.push(last);
  }
  return {
    links: links.length === 0 ? NO_LINKS : links,
    trail: trail.length === 0 ? NO_TRAIL : trail,
  };
}

export function writePartings(
  writer: ByteWriter,
  { keptApart, partings }: ProfilePartings,
  base: number,
): void {
  writer.varint(keptApart.length);
  for (const { key, person } of keptApart) {
    writeIdentifierKey(writer, key);
    writeIdentifierKey(writer, person);
  }
  writer.varint(partings.length);
  for (const parting of partings) {
    writeParted(writer, parting);
    writer.near(parting.at, base);
  }
}

export function readPartings(reader: ByteReader, base: number): ProfilePartings {
  const keptApart: KeptApart[] = [];
  for (let left = reader.count(4, 'keys kept apart'); left > 0; left--) {
    const key: IdentifierKey = readIdentifierKey(reader);
    keptApart.push({ key, person: readIdentifierKey(reader) });
  }
  const partings: Parting[] = [];
  for (let left = reader.count(5, 'partings'); left > 0; left--)
    partings.push({ ...readParted(reader), at: reader.near(base) });
  return {
    keptApart: keptApart.length === 0 ? NO_KEPT_APART : keptApart,
    partings: partings.length === 0 ? NO_PARTINGS : partings,
  };
}
