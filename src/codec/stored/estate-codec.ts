import type { OpenDispatch } from '../../core/fact/fact.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { readerOf } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { ESTATE_FORMAT } from './formats.ts';
import { readOpenDispatches, writeOpenDispatches } from './open-dispatch-codec.ts';
import { decodeProfile, encodeProfile } from './profile-codec.ts';

/** All that a customer leaves behind who moves to another actor. */
export interface Estate {
  readonly profile: Profile;
  readonly dispatches: readonly OpenDispatch[];
}

export function encodeEstate({ profile, dispatches }: Estate): Uint8Array {
  const writer = new ByteWriter(1024);
  writer.u8(ESTATE_FORMAT.magic);
  writer.u8(ESTATE_FORMAT.current);
  writer.block(encodeProfile(profile));
  writeOpenDispatches(writer, dispatches);
  return writer.copy();
}

/** Throws StoredBytesError. */
export function decodeEstate(stored: Uint8Array): Estate {
  const reader = readerOf(ESTATE_FORMAT, stored);
  const profile = decodeProfile(reader.block());
  const dispatches = readOpenDispatches(reader);
  reader.atEnd('an estate');
  return { profile, dispatches };
}
