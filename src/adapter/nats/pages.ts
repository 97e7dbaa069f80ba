/** Files as compressed pages one behind the other: the length of each u32 (little-endian), then its bytes. */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { PortError } from '../../port/port-error.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const LENGTH_BYTES = 4;

export async function packPage(raw: Uint8Array): Promise<Buffer> {
  const packed = await compress(raw);
  const head = Buffer.allocUnsafe(LENGTH_BYTES);
  head.writeUInt32LE(packed.length);
  return Buffer.concat([head, packed]);
}

/** Throws PortError `corrupt`, with `what`. */
export async function* unpackPages(file: Uint8Array, what: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  for (let at = 0; at < bytes.length; ) {
    const length = at + LENGTH_BYTES <= bytes.length ? bytes.readUInt32LE(at) : bytes.length;
    const end = at + LENGTH_BYTES + length;
    if (end > bytes.length) throw new PortError('corrupt', `${what} is damaged at byte ${at}`);
    try {
      yield await decompress(bytes.subarray(at + LENGTH_BYTES, end));
    } catch (cause) {
      throw new PortError('corrupt', `${what} is damaged at byte ${at}`, { cause });
    }
    at = end;
  }
}
