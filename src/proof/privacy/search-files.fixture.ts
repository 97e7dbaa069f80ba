/**
 * Looks for texts in every file below a directory: in its bytes as they stand, and in what they hold compressed. Segments of the archive and
 * images are read block by block, each as its own format says (segment-file.ts, image-file.ts); of every other file each place that looks like the
 * beginning of gzip, zlib or zstd is tried. Log files, `state.mdb`, `ERASURES` and the rest hold values as they are.
 */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { filesBelow } from '../../adapter/disk/copy-file.ts';
import { type ImageBlock, readImageBlock, readImageIndex } from '../../adapter/disk/image-file.ts';
import { readBlock, readIndex } from '../../adapter/disk/segment-file.ts';
import type { ByteForm } from './byte-forms.fixture.ts';

export interface FoundText {
  readonly file: string;
  readonly text: string;
  /** How it is written, and where. */
  readonly how: string;
}

interface Layer {
  readonly name: string;
  readonly bytes: Buffer;
}

/** By file; each text once a file and form. */
export async function searchFiles(folder: string, forms: readonly ByteForm[]): Promise<readonly FoundText[]> {
  const found: FoundText[] = [];
  for (const file of await filesBelow(folder))
    for (const layer of await layersOf(join(folder, file)))
      for (const { text, how } of searchBytes(layer, forms)) found.push({ file, text, how });
  return found;
}

/** In what a process said, or a call answered. */
export function searchText(name: string, said: string, forms: readonly ByteForm[]): readonly FoundText[] {
  const bytes = Buffer.from(said);
  return searchBytes({ name: 'as it is', bytes }, forms).map((one) => ({ file: name, ...one }));
}

function searchBytes(
  { name, bytes }: Layer,
  forms: readonly ByteForm[],
): readonly { readonly text: string; readonly how: string }[] {
  const found: { readonly text: string; readonly how: string }[] = [];
  for (const { text, form, bytes: wanted } of forms) {
    const at = bytes.indexOf(wanted);
    if (at >= 0) found.push({ text, how: `${form}, ${name} at byte ${at}` });
  }
  return found;
}

async function layersOf(file: string): Promise<readonly Layer[]> {
  const bytes = readFileSync(file);
  const plain = { name: 'in its bytes', bytes };
  if (file.endsWith('.seg')) return [plain, ...(await blocksOfSegment(file))];
  if (/\.img(\.aside)?$/.test(file)) return [plain, ...(await blocksOfImage(file))];
  return [plain, ...unpacked(bytes)];
}

async function blocksOfSegment(file: string): Promise<readonly Layer[]> {
  const handle = await open(file, 'r');
  try {
    const index = await readIndex(handle, file);
    const layers: Layer[] = [];
    for (const block of index.blocks)
      for (const [n, record] of (await readBlock(handle, file, index, block)).entries())
        layers.push({ name: `in record ${block.first + n}`, bytes: Buffer.from(record) });
    return layers;
  } finally {
    await handle.close();
  }
}

async function blocksOfImage(file: string): Promise<readonly Layer[]> {
  const handle = await open(file, 'r');
  try {
    const { codec, index } = await readImageIndex(handle, file);
    const layers: Layer[] = [];
    for (const [n, block] of (index.blocks as readonly ImageBlock[]).entries())
      layers.push({ name: `in block ${n}`, bytes: await readImageBlock(handle, file, codec, block) });
    return layers;
  } finally {
    await handle.close();
  }
}

const LATER = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
/** Each with its head, the bytes of it before what is compressed, and how that is read whatever stands behind it. */
const MAGICS: readonly (readonly [string, Buffer, number, (bytes: Buffer) => Buffer])[] = [
  ['gzip', Buffer.from('1f8b0800', 'hex'), 10, (bytes) => zlib.inflateRawSync(bytes, LATER)],
  ['zlib', Buffer.from('789c', 'hex'), 2, (bytes) => zlib.inflateRawSync(bytes, LATER)],
  ['zlib', Buffer.from('78da', 'hex'), 2, (bytes) => zlib.inflateRawSync(bytes, LATER)],
  ['zstd', Buffer.from('28b52ffd', 'hex'), 0, (bytes) => zlib.zstdDecompressSync(bytes)],
];

/** What begins like something compressed, and is. */
function unpacked(bytes: Buffer): readonly Layer[] {
  const layers: Layer[] = [];
  for (const [name, magic, head, unpack] of MAGICS)
    for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
      try {
        layers.push({ name: `in ${name} at byte ${at}`, bytes: unpack(bytes.subarray(at + head)) });
      } catch (fault) {
        // Other bytes that happen to begin so.
        if (!(fault instanceof Error)) throw fault;
      }
    }
  return layers;
}
