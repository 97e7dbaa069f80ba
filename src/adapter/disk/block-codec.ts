import { promisify } from 'node:util';
import zlib from 'node:zlib';

/** How a block is compressed; the number is stored in segments. */
export interface BlockCodec {
  readonly code: number;
  compress(raw: Uint8Array): Promise<Buffer>;
  decompress(stored: Uint8Array): Promise<Buffer>;
}

const gzip = promisify(zlib.gzip);
const gunzip = promisify(zlib.gunzip);

const GZIP: BlockCodec = { code: 1, compress: (raw) => gzip(raw), decompress: (stored) => gunzip(stored) };

/** From Node 22.15 and 23.8 on. */
const ZSTD = typeof zlib.zstdCompress === 'function' ? zstd() : undefined;

/** What new segments are written with: zstd at level 3 where this Node has it, gzip where not. */
export const CODEC_NOW: BlockCodec = ZSTD ?? GZIP;

/** The codec of a stored number, undefined when this Node cannot read it. */
export function codecOf(code: number): BlockCodec | undefined {
  return [GZIP, ZSTD].find((codec) => codec?.code === code);
}

function zstd(): BlockCodec {
  const compress = promisify(zlib.zstdCompress);
  const decompress = promisify(zlib.zstdDecompress);
  return { code: 2, compress: (raw) => compress(raw), decompress: (stored) => decompress(stored) };
}
