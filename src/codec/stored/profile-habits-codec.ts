/** Counters, tastes, consent and the statistics of channels. */
import { assert } from '../../base/assert.ts';
import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { type Affinity, type ChannelStats, COUNTERS, HALF_LIVES_MS } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import { readByteRuns, writeByteRuns } from './byte-runs.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { TextTableReader, TextTableWriter } from './text-table.ts';

const WINDOWS = HALF_LIVES_MS.length;

/** Two bits per window of a counter. */
const ZERO = 0;
/** Like the window before it: a counter that was bumped once has the same value in all. */
const SAME = 1;
const FLOAT32 = 2;
const FLOAT64 = 3;

/** COUNTERS and channels only grow, so their number is stored, and missing ones read as new. */
export function writeCounters(
  writer: ByteWriter,
  counters: Float64Array,
  counterAt: Float64Array,
  base: number,
): void {
  writer.u8(COUNTERS.length);
  let near = base;
  for (let counter = 0; counter < COUNTERS.length; counter++) {
    const from = counter * WINDOWS;
    const codesAt = writer.size;
    writer.u8(0);
    let codes = 0;
    let before = 0;
    for (let window = 0; window < WINDOWS; window++) {
      const value = counters[from + window] as number;
      let code = SAME;
      if (Object.is(value, 0)) code = ZERO;
      else if (!Object.is(value, before)) {
        if (Number.isNaN(value) || Math.fround(value) === value) {
          code = FLOAT32;
          writer.f32(value);
        } else {
          code = FLOAT64;
          writer.f64(value);
        }
      }
      codes |= code << (window * 2);
      before = value;
    }
    writer.u8At(codesAt, codes);
    const at = counterAt[counter] as number;
    writer.near(at, near);
    if (at !== 0) near = at;
  }
}

export function readCounters(
  reader: ByteReader,
  counters: Float64Array,
  counterAt: Float64Array,
  base: number,
): void {
  const stored = reader.u8();
  if (stored > COUNTERS.length) reader.fail(`at most ${COUNTERS.length} counters, not ${stored}`);
  let near = base;
  for (let counter = 0; counter < stored; counter++) {
    const codes = reader.u8();
    let before = 0;
    for (let window = 0; window < WINDOWS; window++) {
      const code = (codes >>> (window * 2)) & 3;
      if (code === ZERO) before = 0;
      else if (code === FLOAT32) before = reader.f32();
      else if (code === FLOAT64) before = reader.f64();
      counters[counter * WINDOWS + window] = before;
    }
    const at = reader.near(near);
    counterAt[counter] = at;
    if (at !== 0) near = at;
  }
}

export function writeAffinity(
  writer: ByteWriter,
  texts: TextTableWriter,
  affinity: Affinity,
  base: number,
): void {
  const { keys, weights } = affinity;
  const count = keys.length;
  assert(weights.length === count, 'an affinity has a weight for each key');
  const exact32 = weights.every(isFloat32);
  writer.varint(count * 2 + (exact32 ? 0 : 1));
  writer.near(affinity.at, base);
  for (let i = 0; i < count; i++) {
    texts.write(writer, keys[i] as string);
    if (exact32) writer.f32(weights[i] as number);
    else writer.f64(weights[i] as number);
  }
}

export function readAffinity(reader: ByteReader, texts: TextTableReader, base: number): Affinity {
  const header = reader.varint();
  const exact32 = header % 2 === 0;
  const count = (header - (exact32 ? 0 : 1)) / 2;
  if (count * 5 > reader.left) reader.fail(`${count} weights in ${reader.left} bytes`);
  const at = reader.near(base);
  const keys = new Array<string>(count);
  const weights = new Array<number>(count);
  for (let i = 0; i < count; i++) {
    keys[i] = texts.read(reader);
    weights[i] = exact32 ? reader.f32() : reader.f64();
  }
  return { at, keys, weights };
}

/** In stored order, a bit each. */
const STATS = [
  'sends',
  'opens',
  'clicks',
  'bounces',
  'lastSentAt',
  'lastOpenAt',
  'lastSeenAt',
  'unsubscribedAt',
  'complainedAt',
] as const satisfies readonly (keyof ChannelStats)[];
const FIRST_TIME = STATS.indexOf('lastSentAt');

export function writeChannelStats(
  writer: ByteWriter,
  channels: readonly (ChannelStats | undefined)[],
  base: number,
): void {
  let present = 0;
  for (let channel = 0; channel < channels.length; channel++) if (channels[channel] !== undefined) present++;
  writer.u8(present);
  for (let channel = 0; channel < channels.length; channel++) {
    const stats = channels[channel];
    if (stats === undefined) continue;
    writer.u8(channel);
    let filled = 0;
    for (let i = 0; i < STATS.length; i++) {
      if (!Object.is(stats[STATS[i] as (typeof STATS)[number]], 0)) filled |= 1 << i;
    }
    writer.varint(filled);
    for (let i = 0; i < STATS.length; i++) {
      if ((filled & (1 << i)) === 0) continue;
      const value = stats[STATS[i] as (typeof STATS)[number]];
      if (i < FIRST_TIME) writer.number(value);
      else writer.near(value, base);
    }
  }
}

export function readChannelStats(reader: ByteReader, base: number): (ChannelStats | undefined)[] {
  const channels = emptyChannelStats();
  for (let left = reader.u8(); left > 0; left--) {
    const channel = reader.code(CHANNELS.length, 'a channel');
    const filled = reader.varint();
    const next = (i: number): number => {
      if ((filled & (1 << i)) === 0) return 0;
      return i < FIRST_TIME ? reader.number() : reader.near(base);
    };
    channels[channel] = {
      sends: next(0),
      opens: next(1),
      clicks: next(2),
      bounces: next(3),
      lastSentAt: next(4),
      lastOpenAt: next(5),
      lastSeenAt: next(6),
      unsubscribedAt: next(7),
      complainedAt: next(8),
    };
  }
  return channels;
}

/** No channel has been used. */
export function emptyChannelStats(): (ChannelStats | undefined)[] {
  return new Array<undefined>(CHANNELS.length).fill(undefined);
}

export function writeConsent(writer: ByteWriter, consent: Uint8Array): void {
  writer.u8(consent.length);
  writeByteRuns(writer, consent, consent.length);
}

export function readConsent(reader: ByteReader, consent: Uint8Array): void {
  const stored = reader.u8();
  if (stored === 0 || stored > CHANNELS.length * PURPOSES.length) reader.fail(`consents, not ${stored}`);
  readByteRuns(reader, consent, stored);
}

function isFloat32(value: number): boolean {
  return Math.fround(value) === value || Number.isNaN(value);
}
