/** Counters, tastes and the statistics of channels. */
import { assert } from '../../base/assert.ts';
import { CHANNELS } from '../../core/channel.ts';
import { type Affinity, type ChannelStats, COUNTERS, HALF_LIVES_MS } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isSame, isZero } from './same-number.ts';
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
  counters: number[],
  counterAt: number[],
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
      if (isZero(value)) code = ZERO;
      else if (!isSame(value, before)) {
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
  counters: number[],
  counterAt: number[],
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
  const exact32 = writeAffinityHead(writer, affinity, base, 0);
  for (let i = 0; i < keys.length; i++) {
    texts.write(writer, keys[i] as string);
    if (exact32) writer.f32(weights[i] as number);
    else writer.f64(weights[i] as number);
  }
}

export function readAffinity(reader: ByteReader, texts: TextTableReader, base: number): Affinity {
  return readAffinityBody(reader, texts, base, reader.varint());
}

/** Like an affinity, with a byte for each key where all are hours of the week. */
export function writeHours(
  writer: ByteWriter,
  texts: TextTableWriter,
  affinity: Affinity,
  base: number,
): void {
  const { keys, weights } = affinity;
  if (!areHours(keys)) {
    writeAffinity(writer, texts, affinity, base);
    return;
  }
  const exact32 = writeAffinityHead(writer, affinity, base, BYTE_KEYS);
  for (let i = 0; i < keys.length; i++) {
    writer.u8(Number(keys[i]));
    if (exact32) writer.f32(weights[i] as number);
    else writer.f64(weights[i] as number);
  }
}

export function readHours(reader: ByteReader, texts: TextTableReader, base: number): Affinity {
  const header = reader.varint();
  if ((header & BYTE_KEYS) === 0) return readAffinityBody(reader, texts, base, header);
  const count = affinityCount(reader, header);
  const at = reader.near(base);
  const keys = new Array<string>(count);
  const weights = new Array<number>(count);
  for (let i = 0; i < count; i++) {
    keys[i] = HOURS[reader.code(HOURS.length, 'an hour of the week')] as string;
    weights[i] = header & WIDE ? reader.f64() : reader.f32();
  }
  return { at, keys, weights };
}

/** An affinity's header: the number of keys, and in its low bits how keys and weights are stored. */
const WIDE = 1;
const BYTE_KEYS = 2;
const HEADER_STEP = 4;
const HOURS: readonly string[] = Array.from({ length: 168 }, (_, hour) => String(hour));

/** Returns whether all weights fit a float32, as the fold makes them. */
function writeAffinityHead(writer: ByteWriter, affinity: Affinity, base: number, form: number): boolean {
  const { keys, weights } = affinity;
  assert(weights.length === keys.length, 'an affinity has a weight for each key');
  let exact32 = true;
  for (let i = 0; i < weights.length; i++) exact32 &&= isFloat32(weights[i] as number);
  writer.varint(keys.length * HEADER_STEP + form + (exact32 ? 0 : WIDE));
  writer.near(affinity.at, base);
  return exact32;
}

function readAffinityBody(
  reader: ByteReader,
  texts: TextTableReader,
  base: number,
  header: number,
): Affinity {
  if ((header & BYTE_KEYS) !== 0) reader.fail('an affinity with texts as keys');
  const count = affinityCount(reader, header);
  const at = reader.near(base);
  const keys = new Array<string>(count);
  const weights = new Array<number>(count);
  for (let i = 0; i < count; i++) {
    keys[i] = texts.read(reader);
    weights[i] = header & WIDE ? reader.f64() : reader.f32();
  }
  return { at, keys, weights };
}

function affinityCount(reader: ByteReader, header: number): number {
  const count = Math.floor(header / HEADER_STEP);
  if (count * 5 > reader.left) reader.fail(`${count} weights in ${reader.left} bytes`);
  return count;
}

function areHours(keys: readonly string[]): boolean {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (HOURS[Number(key)] !== key) return false;
  }
  return true;
}

// Fields of a channel's statistics that are not 0: a bit each, stored in this order.
const SENDS = 1;
const OPENS = 2;
const CLICKS = 4;
const BOUNCES = 8;
const LAST_SENT = 16;
const LAST_OPEN = 32;
const LAST_SEEN = 64;
const UNSUBSCRIBED = 128;
const COMPLAINED = 256;
const BOUNCED_AT = 512;
const SOFT_BOUNCES = 1024;
const SOFT_BOUNCED_AT = 2048;

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
    const filled =
      (isZero(stats.sends) ? 0 : SENDS) |
      (isZero(stats.opens) ? 0 : OPENS) |
      (isZero(stats.clicks) ? 0 : CLICKS) |
      (isZero(stats.bounces) ? 0 : BOUNCES) |
      (isZero(stats.lastSentAt) ? 0 : LAST_SENT) |
      (isZero(stats.lastOpenAt) ? 0 : LAST_OPEN) |
      (isZero(stats.lastSeenAt) ? 0 : LAST_SEEN) |
      (isZero(stats.unsubscribedAt) ? 0 : UNSUBSCRIBED) |
      (isZero(stats.complainedAt) ? 0 : COMPLAINED) |
      (isZero(stats.bouncedAt) ? 0 : BOUNCED_AT) |
      (isZero(stats.softBounces) ? 0 : SOFT_BOUNCES) |
      (isZero(stats.softBouncedAt) ? 0 : SOFT_BOUNCED_AT);
    writer.varint(filled);
    if (filled & SENDS) writer.number(stats.sends);
    if (filled & OPENS) writer.number(stats.opens);
    if (filled & CLICKS) writer.number(stats.clicks);
    if (filled & BOUNCES) writer.number(stats.bounces);
    if (filled & LAST_SENT) writer.near(stats.lastSentAt, base);
    if (filled & LAST_OPEN) writer.near(stats.lastOpenAt, base);
    if (filled & LAST_SEEN) writer.near(stats.lastSeenAt, base);
    if (filled & UNSUBSCRIBED) writer.near(stats.unsubscribedAt, base);
    if (filled & COMPLAINED) writer.near(stats.complainedAt, base);
    if (filled & BOUNCED_AT) writer.near(stats.bouncedAt, base);
    if (filled & SOFT_BOUNCES) writer.number(stats.softBounces);
    if (filled & SOFT_BOUNCED_AT) writer.near(stats.softBouncedAt, base);
  }
}

export function readChannelStats(reader: ByteReader, base: number): (ChannelStats | undefined)[] {
  const channels = emptyChannelStats();
  for (let left = reader.u8(); left > 0; left--) {
    const channel = reader.code(CHANNELS.length, 'a channel');
    const filled = reader.varint();
    channels[channel] = {
      sends: filled & SENDS ? reader.number() : 0,
      opens: filled & OPENS ? reader.number() : 0,
      clicks: filled & CLICKS ? reader.number() : 0,
      bounces: filled & BOUNCES ? reader.number() : 0,
      lastSentAt: filled & LAST_SENT ? reader.near(base) : 0,
      lastOpenAt: filled & LAST_OPEN ? reader.near(base) : 0,
      lastSeenAt: filled & LAST_SEEN ? reader.near(base) : 0,
      unsubscribedAt: filled & UNSUBSCRIBED ? reader.near(base) : 0,
      complainedAt: filled & COMPLAINED ? reader.near(base) : 0,
      bouncedAt: filled & BOUNCED_AT ? reader.near(base) : 0,
      softBounces: filled & SOFT_BOUNCES ? reader.number() : 0,
      softBouncedAt: filled & SOFT_BOUNCED_AT ? reader.near(base) : 0,
    };
  }
  return channels;
}

/** No channel has been used. */
export function emptyChannelStats(): (ChannelStats | undefined)[] {
  return new Array<undefined>(CHANNELS.length).fill(undefined);
}

function isFloat32(value: number): boolean {
  return Math.fround(value) === value || Number.isNaN(value);
}
