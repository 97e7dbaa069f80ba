/**
 * A log file: `<number>.log`, of a fixed size and written to its end with zeros before it is used, so that an append changes
 * bytes and nothing of what the file system keeps about the file.
 *
 *   head     magic u32, crc u32 of the rest, version u16, 2 bytes of zeros, salt u32, number u48, size u48, after u48; to 64 with zeros
 *   entries  from byte 64 on: see log-entry.ts
 *
 * `after` is the last commit when the file was prepared. A file that was trimmed is used again with what it held still in
 * it, all of it commits up to `after` under another salt.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { PortError } from '../../port/port-error.ts';
import { diskFault } from './disk-fault.ts';

const MAGIC = 0x46_47_4f_4c; // "LOGF"
const VERSION = 1;
export const FILE_HEAD_BYTES = 64;

export interface LogFile {
  readonly number: number;
  readonly path: string;
  readonly sizeBytes: number;
  readonly after: number;
  readonly salt: number;
}

export function logFileName(number: number): string {
  return `${String(number).padStart(10, '0')}.log`;
}

/** Of the index that is written when the file is full: see log-index.ts. */
export function indexPath({ path }: Pick<LogFile, 'path'>): string {
  return path.replace(/\.log$/, '.idx');
}

export function encodeFileHead({ number, sizeBytes, after, salt }: Omit<LogFile, 'path'>): Buffer {
  const head = Buffer.alloc(FILE_HEAD_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt16LE(VERSION, 8);
  head.writeUInt32LE(salt, 12);
  head.writeUIntLE(number, 16, 6);
  head.writeUIntLE(sizeBytes, 22, 6);
  head.writeUIntLE(after, 28, 6);
  head.writeUInt32LE(crc32(head.subarray(8)), 4);
  return head;
}

/** Reads the head and compares the length. Throws `corrupt` with the file's name. */
export function readLogFile(path: string, number: number): LogFile {
  try {
    const fd = openSync(path, 'r');
    try {
      const head = Buffer.alloc(FILE_HEAD_BYTES);
      readSync(fd, head, 0, FILE_HEAD_BYTES, 0);
      return decodeFileHead(head, { path, number, length: fstatSync(fd).size });
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw diskFault(cause, path);
  }
}

function decodeFileHead(
  head: Buffer,
  { path, number, length }: { readonly path: string; readonly number: number; readonly length: number },
): LogFile {
  if (head.readUInt32LE(0) !== MAGIC || head.readUInt32LE(4) !== crc32(head.subarray(8)))
    throw damagedLog(path, 0, 'it is no log file, or its head is damaged');
  const version = head.readUInt16LE(8);
  if (version !== VERSION)
    throw damagedLog(path, 8, `it is of version ${version}, and this one reads ${VERSION}`);
  const named = head.readUIntLE(16, 6);
  if (named !== number) throw damagedLog(path, 16, `it was written as ${logFileName(named)}`);
  const sizeBytes = head.readUIntLE(22, 6);
  if (length !== sizeBytes)
    throw damagedLog(path, length, `it is ${length} bytes long, and was ${sizeBytes}`);
  return { number, path, sizeBytes, after: head.readUIntLE(28, 6), salt: head.readUInt32LE(12) };
}

/** The whole file, aligned for words; in `room` when that is large enough. Throws PortError. */
export function readWhole({ path, sizeBytes }: LogFile, room?: Buffer): Buffer {
  const isRoomy = room !== undefined && room.length >= sizeBytes;
  const bytes = isRoomy ? room.subarray(0, sizeBytes) : Buffer.allocUnsafeSlow(sizeBytes);
  try {
    const fd = openSync(path, 'r');
    try {
      for (let at = 0; at < sizeBytes; ) {
        const got = readSync(fd, bytes, at, sizeBytes - at, at);
        if (got === 0) throw damagedLog(path, at, 'it is cut short');
        at += got;
      }
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw diskFault(cause, path);
  }
  return bytes;
}

export function damagedLog(path: string, offset: number, reason: string): PortError {
  return new PortError('corrupt', `the log file ${path} is damaged at byte ${offset}: ${reason}`);
}
