/**
 * Images as objects in the folder of their shard, named `image/<sequence>.<at>`. Pages: the state, rows, at last what the image is of as JSON: one that was
 * not written to its end has none.
 */
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
import type { NatsDoor } from './nats-door.ts';
import { ObjectFolder } from './object-folder.ts';
import { packPage, unpackPages } from './pages.ts';
import type { StreamOptions } from './shard-stream.ts';

const NAME = /^image\/(\d+)\.(\d+)$/;
const PAGE_BYTES = 256 * 1024;
/** Sequence, due and the place of the id's end, revision, length of the bytes. */
const ROW_BYTES = 24;

interface Foot extends Pick<ImageContent, 'generation' | 'through' | 'rows'>, ImageHead {}

interface Opened {
  readonly foot: Foot;
  readonly state: Buffer;
  readonly pages: readonly Buffer[];
}

export class ObjectImages implements Images {
  readonly #door: NatsDoor;
  readonly #options: StreamOptions;
  readonly #folders = new Map<number, ObjectFolder>();

  /** The door stays the caller's. */
  constructor(door: NatsDoor, options: StreamOptions) {
    this.#door = door;
    this.#options = options;
  }

  async write(source: ImageSource): Promise<ImageHead> {
    const head = { shard: source.shard, sequence: source.sequence, at: Math.floor(source.at) };
    const folder = this.#folder(head.shard);
    await folder.write(nameOf(head), encode({ ...source, ...head }));
    try {
      await this.check(head);
    } catch (fault) {
      await folder.remove(nameOf(head));
      throw fault;
    }
    const older = (await this.list(head.shard)).slice(IMAGES_KEPT);
    for (const each of older) await this.remove(each);
    return head;
  }

  async list(shard: number): Promise<readonly ImageHead[]> {
    const folder = this.#folder(shard);
    const names = await folder.list('image/');
    return names.length === 0 ? [] : imagesNamed(shard, await folder.filter(names), NAME);
  }

  async open(image: ImageHead): Promise<ImageContent> {
    const { foot, state, pages } = await this.#opened(image);
    const { generation, through, rows } = foot;
    return {
      ...{ generation, through, rows },
      state: new Uint8Array(state),
      async *read() {
        for (const page of pages) yield [...rowsOf(page)];
      },
      async get(id) {
        for (const page of pages) for (const row of rowsOf(page)) if (row.id === id) return row;
        return undefined;
      },
    };
  }

  async check(image: ImageHead): Promise<void> {
    const { foot, pages } = await this.#opened(image);
    let rows = 0;
    for (const page of pages) for (const _ of rowsOf(page)) rows++;
    if (rows !== foot.rows)
      throw this.#folder(image.shard).damaged(nameOf(image), `it has ${rows} rows of ${foot.rows}`);
  }

  remove(image: ImageHead): Promise<void> {
    return this.#folder(image.shard).remove(nameOf(image));
  }

  /** None is set aside here: a log that lost its end is made whole by the servers, or its deployment is restored. */
  async removeAside(): Promise<void> {}

  async close(): Promise<void> {}

  async #opened(image: ImageHead): Promise<Opened> {
    const folder = this.#folder(image.shard);
    const name = nameOf(image);
    const pages: Buffer[] = [];
    for await (const page of unpackPages(await folder.expect(name), `image ${name} of shard ${image.shard}`))
      pages.push(page);
    const [state, last] = [pages.shift(), pages.pop()];
    if (state === undefined || last === undefined) throw folder.damaged(name, 'it has no end');
    const foot = JSON.parse(last.toString()) as Foot;
    if (foot.shard !== image.shard || foot.sequence !== image.sequence || foot.at !== image.at)
      throw folder.damaged(name, `it is of shard ${foot.shard} at record ${foot.sequence}`);
    return { foot, state, pages };
  }

  #folder(shard: number): ObjectFolder {
    const found = this.#folders.get(shard);
    if (found !== undefined) return found;
    const made = new ObjectFolder(
      this.#door,
      this.#options,
      shard === SHARED_IMAGE ? 'shared' : String(shard),
    );
    this.#folders.set(shard, made);
    return made;
  }
}

function nameOf({ sequence, at }: ImageHead): string {
  return `image/${sequence}.${at}`;
}

async function* encode(source: ImageSource): AsyncGenerator<Buffer> {
  const { shard, generation, sequence, at } = source;
  yield await packPage(source.state);
  let through = sequence;
  let count = 0;
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const rows of source.rows)
    for (const row of rows) {
      through = Math.max(through, row.seq);
      count++;
      const piece = encodeRow(row);
      pieces.push(piece);
      bytes += piece.length;
      if (bytes < PAGE_BYTES) continue;
      yield await packPage(Buffer.concat(pieces));
      pieces = [];
      bytes = 0;
    }
  if (pieces.length > 0) yield await packPage(Buffer.concat(pieces));
  const foot: Foot = { shard, generation, sequence, at, through, rows: count };
  yield await packPage(Buffer.from(JSON.stringify(foot)));
}

function encodeRow({ id, seq, revision, due, bytes }: ImageRow): Buffer {
  const name = Buffer.from(id);
  const row = Buffer.allocUnsafe(ROW_BYTES + name.length + bytes.length);
  row.writeDoubleLE(seq, 0);
  row.writeDoubleLE(due, 8);
  row.writeUInt16LE(name.length, 16);
  row.writeUInt16LE(revision, 18);
  row.writeUInt32LE(bytes.length, 20);
  name.copy(row, ROW_BYTES);
  row.set(bytes, ROW_BYTES + name.length);
  return row;
}

function* rowsOf(page: Buffer): Generator<ImageRow> {
  for (let at = 0; at + ROW_BYTES <= page.length; ) {
    const body = at + ROW_BYTES + page.readUInt16LE(at + 16);
    const end = body + page.readUInt32LE(at + 20);
    yield {
      ...{ id: page.toString('utf8', at + ROW_BYTES, body), revision: page.readUInt16LE(at + 18) },
      ...{ seq: page.readDoubleLE(at), due: page.readDoubleLE(at + 8) },
      bytes: new Uint8Array(page.subarray(body, end)),
    };
    at = end;
  }
}
