import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  IMAGES_KEPT,
  type ImageContent,
  type ImageHead,
  type ImageRow,
  type ImageSource,
  type Images,
  imagesNamed,
  SHARED_IMAGE,
} from '../../port/images.ts';
import { PortError } from '../../port/port-error.ts';
import { diskFault } from './disk-fault.ts';
import { expectRoom, NO_RESERVE, type Reserve } from './disk-reserve.ts';
import {
  encodeImage,
  type ImageBlock,
  type OpenedImage,
  readImageBlock,
  readImageIndex,
  rowsOfBlock,
} from './image-file.ts';
import { syncDirectory } from './sync-directory.ts';

/** `<sequence>.<at>.img`: all that listing needs, so that a damaged file does not hinder it. */
const FILE_NAME = /^(\d+)\.(\d+)\.img$/;

/**
 * Images as files, one directory a shard. Written beside, synced, read back, renamed, and the directory synced: an image
 * is there whole or not at all.
 */
export class DiskImages implements Images {
  readonly #directory: string;
  readonly #reserve: Reserve;

  /** `directory` is made when the first image is written. */
  constructor(directory: string, reserve: Reserve = NO_RESERVE) {
    this.#directory = directory;
    this.#reserve = reserve;
  }

  async write(source: ImageSource): Promise<ImageHead> {
    const { shard, sequence } = source;
    const head = { shard, sequence, at: Math.floor(source.at) };
    const file = this.#file(head);
    const draft = draftOf(file);
    try {
      await mkdir(this.#folder(shard), { recursive: true });
      await this.#writeDraft(file, { ...source, ...head });
      await readThrough(draft, head);
      await rename(draft, file);
      await syncDirectory(this.#folder(shard));
      await syncDirectory(this.#directory);
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw diskFault(cause, file);
    }
    for (const older of (await this.list(shard)).slice(IMAGES_KEPT)) await this.remove(older);
    return head;
  }

  async list(shard: number): Promise<readonly ImageHead[]> {
    return imagesNamed(shard, await namesIn(this.#folder(shard)), FILE_NAME);
  }

  async open(image: ImageHead): Promise<ImageContent> {
    const file = this.#file(image);
    return inFile(file, async (handle) => {
      const opened = await readSame(handle, file, image);
      const { codec, index } = opened;
      const state = await readImageBlock(handle, file, codec, index.blocks[0] as ImageBlock);
      const { generation, through, rows } = index;
      return {
        ...{ generation, through, rows },
        state: new Uint8Array(state),
        read: () => rowsOf(file, opened),
        get: (id) => rowOf(file, opened, id),
      };
    });
  }

  async check(image: ImageHead): Promise<void> {
    const file = this.#file(image);
    try {
      await readThrough(file, image);
    } catch (cause) {
      throw faultOf(cause, file);
    }
  }

  async remove(image: ImageHead): Promise<void> {
    const file = this.#file(image);
    await rm(file, { force: true }).catch((cause: unknown) => {
      throw diskFault(cause, file);
    });
  }

  /** Keeps its file, and nobody reads it any more. Throws PortError. */
  async setAside(image: ImageHead): Promise<void> {
    const file = this.#file(image);
    try {
      await rename(file, `${file}.aside`);
      await syncDirectory(this.#folder(image.shard));
    } catch (cause) {
      throw diskFault(cause, file);
    }
  }

  async removeAside(shard: number): Promise<void> {
    const folder = this.#folder(shard);
    try {
      for (const name of await namesIn(folder)) if (name.endsWith('.aside')) await rm(join(folder, name));
    } catch (cause) {
      throw diskFault(cause, folder);
    }
  }

  async close(): Promise<void> {}

  async #writeDraft(file: string, source: ImageSource): Promise<void> {
    const handle = await open(draftOf(file), 'w');
    try {
      for await (const piece of encodeImage(source)) {
        expectRoom(this.#reserve, file);
        await handle.appendFile(piece);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  #folder(shard: number): string {
    return join(this.#directory, shard === SHARED_IMAGE ? 'shared' : String(shard));
  }

  #file({ shard, sequence, at }: ImageHead): string {
    // Sixteen digits, so that names sort as numbers do.
    return join(this.#folder(shard), `${String(sequence).padStart(16, '0')}.${at}.img`);
  }
}

function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw diskFault(cause, folder);
  });
}

function draftOf(file: string): string {
  return `${file}.tmp`;
}

/** Reads every byte and decodes every row. Throws `corrupt`. */
async function readThrough(file: string, image: ImageHead): Promise<void> {
  await inFile(file, async (handle) => {
    const opened = await readSame(handle, file, image);
    const { blocks, rows } = opened.index;
    let count = 0;
    for (const block of blocks) {
      const raw = await readImageBlock(handle, file, opened.codec, block);
      count += rowsOfBlock(raw, block).length;
    }
    if (count !== rows) throw new PortError('corrupt', `the image ${file} has ${count} rows of ${rows}`);
  });
}

/** Under another's name it is damaged too. */
async function readSame(handle: FileHandle, file: string, image: ImageHead): Promise<OpenedImage> {
  const opened = await readImageIndex(handle, file);
  const { shard, sequence, at } = opened.index;
  if (shard !== image.shard || sequence !== image.sequence || at !== image.at)
    throw new PortError(
      'corrupt',
      `the image ${file} is of shard ${shard} at record ${sequence}: it was renamed`,
    );
  return opened;
}

async function* rowsOf(file: string, { codec, index }: OpenedImage): AsyncGenerator<readonly ImageRow[]> {
  for (const block of index.blocks.slice(1))
    yield await inFile(file, async (handle) =>
      rowsOfBlock(await readImageBlock(handle, file, codec, block), block),
    );
}

async function rowOf(file: string, { codec, index }: OpenedImage, id: string): Promise<ImageRow | undefined> {
  const rowBlocks = index.blocks.slice(1);
  const after = rowBlocks.findIndex(({ first }) => orderOf(first, id) > 0);
  const block = rowBlocks[(after < 0 ? rowBlocks.length : after) - 1];
  if (block === undefined) return undefined;
  const raw = await inFile(file, (handle) => readImageBlock(handle, file, codec, block));
  return rowsOfBlock(raw, block).find((row) => row.id === id);
}

/** Ids of customers in order of the 16 bytes they stand for, as snapshots are scanned. */
function orderOf(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'base64url'), Buffer.from(b, 'base64url'));
}

async function inFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    return await use(handle);
  } catch (cause) {
    throw faultOf(cause, file);
  } finally {
    await handle?.close();
  }
}

/** Whatever its bytes make the decoder throw is damage. */
function faultOf(cause: unknown, file: string): PortError {
  if (cause instanceof PortError) return cause;
  const code = (cause as { code?: unknown } | undefined)?.code;
  const isOfBytes =
    cause instanceof RangeError ||
    cause instanceof SyntaxError ||
    cause instanceof TypeError ||
    (typeof code === 'string' &&
      (code.startsWith('ZSTD') || code.startsWith('Z_') || code.startsWith('ERR')));
  if (isOfBytes)
    return new PortError('corrupt', `the image ${file} is damaged: ${(cause as Error).message}`, { cause });
  if (code === 'ENOENT') return new PortError('corrupt', `the image ${file} is gone`, { cause });
  return diskFault(cause, file);
}
