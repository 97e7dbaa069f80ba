/** Keys of devices: see core/profile/devices.ts. */
import type { DeviceOwner, DeviceRow } from '../../core/profile/device.ts';
import { NO_DEVICES } from '../../core/profile/empty-profile.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import {
  readCustomerId,
  readIdentifierKey,
  writeCustomerId,
  writeIdentifierKey,
} from './customer-id-codec.ts';

const LIFE = 1;
const GONE = 2;

export const NO_DEVICE = { devices: NO_DEVICES, deviceOf: undefined };

export function writeDevices(writer: ByteWriter, { devices, deviceOf }: Profile, base: number): void {
  writer.u8(deviceOf === undefined ? 0 : 1);
  if (deviceOf !== undefined) {
    writeCustomerId(writer, deviceOf.to);
    writer.number(deviceOf.claim);
    writer.near(deviceOf.at, base);
    writer.number(deviceOf.by);
  }
  writer.varint(devices.length);
  for (const { key, at, by, isLife, isGone } of devices) {
    writeIdentifierKey(writer, key);
    writer.near(at, base);
    writer.number(by);
    writer.u8((isLife ? LIFE : 0) | (isGone ? GONE : 0));
  }
}

export function readDevices(reader: ByteReader, base: number): Pick<Profile, 'devices' | 'deviceOf'> {
  const deviceOf = reader.u8() === 0 ? undefined : readOwner(reader, base);
  const devices = new Array<DeviceRow>(reader.count(4, 'devices'));
  for (let i = 0; i < devices.length; i++) {
    const key = readIdentifierKey(reader);
    const at = reader.near(base);
    const by = reader.number();
    const flags = reader.u8();
    devices[i] = { key, at, by, isLife: (flags & LIFE) !== 0, isGone: (flags & GONE) !== 0 };
  }
  return { deviceOf, devices: devices.length === 0 ? NO_DEVICES : devices };
}

function readOwner(reader: ByteReader, base: number): DeviceOwner {
  const to = readCustomerId(reader);
  const claim = reader.number();
  return { to, claim, at: reader.near(base), by: reader.number() };
}
