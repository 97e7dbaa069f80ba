import {
  PAUSE_SCOPES,
  type Pause,
  type PauseChange,
  type PauseTarget,
  PENDING_FATES,
} from '../../core/pause/pause.ts';
import { type ByteReader, readerOf } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { PAUSES_FORMAT } from './formats.ts';

/** What is paused, as an edition holds it, with the call that made it so and the edition before. */
export interface PausesEdition {
  /** Version of the edition that it took the place of; '': it was the first. */
  readonly previous: string;
  readonly change: PauseChange;
  readonly list: readonly Pause[];
}

export function encodePausesEdition({ previous, change, list }: PausesEdition): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(PAUSES_FORMAT.magic);
  writer.u8(PAUSES_FORMAT.current);
  writer.text(previous);
  writer.flag(change.isResumed);
  writePause(writer, change);
  writer.varint(list.length);
  for (const pause of list) writePause(writer, pause);
  return writer.copy();
}

/** Throws StoredBytesError. */
export function decodePausesEdition(stored: Uint8Array): PausesEdition {
  const reader = readerOf(PAUSES_FORMAT, stored);
  const previous = reader.text();
  const isResumed = reader.flag();
  const change = { ...readPause(reader), isResumed };
  const list: Pause[] = [];
  for (let left = reader.count(6, 'pauses'); left > 0; left--) list.push(readPause(reader));
  reader.atEnd('a list of pauses');
  return { previous, change, list };
}

function writePause(writer: ByteWriter, pause: Pause): void {
  writer.u8(PAUSE_SCOPES.indexOf(pause.scope));
  writer.text(pause.name);
  writer.text(pause.by);
  writer.text(pause.why);
  writer.number(pause.since);
  writer.u8(PENDING_FATES.indexOf(pause.pending));
}

function readPause(reader: ByteReader): Pause {
  const target = readTarget(reader);
  const [by, why, since] = [reader.text(), reader.text(), reader.number()];
  const pending = PENDING_FATES[reader.u8()] ?? reader.fail('what becomes of pending dispatches');
  return { ...target, by, why, since, pending };
}

function readTarget(reader: ByteReader): PauseTarget {
  const scope = PAUSE_SCOPES[reader.u8()] ?? reader.fail('what is paused');
  return { scope, name: reader.text() };
}
