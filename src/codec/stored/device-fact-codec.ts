import type { DeviceMovedFact, DeviceSeenFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';

export function writeDeviceSeenFact(writer: ByteWriter, fact: DeviceSeenFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.device);
  writer.number(fact.seenAt);
  writer.number(fact.by);
  writer.near(fact.at, fact.seenAt);
  writer.u8(fact.origin === undefined ? 0 : 1);
  if (fact.origin !== undefined) writeIdentifierKey(writer, fact.origin);
}

export function readDeviceSeenFact(reader: ByteReader): DeviceSeenFact {
  const customer = readCustomerId(reader);
  const device = readIdentifierKey(reader);
  const seenAt = reader.number();
  const by = reader.number();
  const at = reader.near(seenAt);
  const seen = { kind: 'device-seen', customer, device, seenAt, by, at } as const;
  return reader.u8() === 0 ? seen : { ...seen, origin: readIdentifierKey(reader) };
}

export function writeDeviceMovedFact(writer: ByteWriter, fact: DeviceMovedFact): void {
  writeCustomerId(writer, fact.customer);
  writeIdentifierKey(writer, fact.key);
  writeCustomerId(writer, fact.to);
  writer.number(fact.claim);
  writer.number(fact.seenAt);
  writer.number(fact.by);
  writer.near(fact.at, fact.seenAt);
  writer.u8(fact.forgets ? 1 : 0);
}

export function readDeviceMovedFact(reader: ByteReader): DeviceMovedFact {
  const customer = readCustomerId(reader);
  const key = readIdentifierKey(reader);
  const to = readCustomerId(reader);
  const claim = reader.number();
  const seenAt = reader.number();
  const by = reader.number();
  const at = reader.near(seenAt);
  const moved = { kind: 'device-moved', customer, key, to, claim, seenAt, by, at } as const;
  return reader.u8() === 0 ? moved : { ...moved, forgets: true };
}
