/**
 * Walks the pages of an LMDB file without LMDB, which trusts them: a page that is damaged ends the process, hides a row as
 * if it had never been, or leads a later write over rows that are in use. Every page that the newer meta page leads to is
 * looked at once: that it is what it should be, that its keys are in order, that no page is used twice, and that no page in
 * use is listed as free. Values are handed to the caller, who knows what they should be.
 *
 * Layout of the LMDB that lmdb 3.5 bundles (mdb.c: MDB_page_header, MDB_node, MDB_db, MDB_meta), little endian:
 *
 *   page   number u64, transaction u64, 2 bytes, flags u16, lower u16, upper u16 (overflow: pages u32); then offsets of
 *          nodes u16 each, from the end of this head
 *   node   size of the data u32 (branch: page u48), flags u16, length of the key u16, key, data
 *   tree   page size u32, flags u16, depth u16, branch, leaf and overflow pages, entries, root u64 each
 *   meta   page head, magic u32, version u32, address u64, map size u64, tree of free pages, main tree, last page u64,
 *          transaction u64
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const HEAD_BYTES = 24;
const META_BYTES = 168;
const NODE_BYTES = 8;
const TREE_BYTES = 48;
const MAGIC = 0xbeefc0de;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
/** Of a node: its data is on overflow pages; it is a tree of its own. */
const BIG = 0x01;
/** Where such data is: first page, transaction, pages, u64 each. */
const BIG_BYTES = 24;
const SUBTREE = 0x02;
const NO_ROOT = 0xffff_ffff_ffff_ffffn;
const DEPTH_MAX = 32;
/** The first pages that a data page may be. */
const PAGES_OF_META = 2;

/** Told of every row of every named table, in order of key; both are views that are good for this call only. */
export type RowVisitor = (table: string, key: Buffer, value: Buffer) => void;

interface Tree {
  readonly depth: number;
  readonly branches: number;
  readonly leaves: number;
  readonly overflows: number;
  readonly entries: number;
  readonly root: bigint;
}

interface Meta {
  readonly pageSize: number;
  readonly flags: number;
  readonly version: number;
  readonly address: bigint;
  readonly mapBytes: bigint;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: bigint;
}

class Damage extends Error {}

/** What is wrong with the file, as the end of a sentence; undefined: nothing is. Throws what the disk throws. */
export function walkPages(path: string, visit: RowVisitor): string | undefined {
  const fd = openSync(path, 'r');
  try {
    new Walk(fd, visit).run();
    return undefined;
  } catch (fault) {
    if (fault instanceof Damage) return fault.message;
    throw fault;
  } finally {
    closeSync(fd);
  }
}

class Walk {
  readonly #fd: number;
  readonly #visit: RowVisitor;
  #meta!: Meta;
  /** Bit by page: 1 in use. */
  #used!: Uint8Array;
  #counted = { branches: 0, leaves: 0, overflows: 0, entries: 0 };

  constructor(fd: number, visit: RowVisitor) {
    this.#fd = fd;
    this.#visit = visit;
  }

  run(): void {
    this.#meta = this.#newerMeta();
    this.#used = new Uint8Array(this.#meta.lastPage + 1);
    this.#used.fill(1, 0, PAGES_OF_META);
    const tables: { readonly name: string; readonly tree: Tree }[] = [];
    this.#walk(this.#meta.main, 'the list of tables', (key, value, flags) => {
      const name = key.toString('latin1').replace(/\0+$/, '');
      if (flags !== SUBTREE || value.length !== TREE_BYTES) throw new Damage(`its table ${name} is not one`);
      tables.push({ name, tree: treeAt(value, 0) });
    });
    for (const { name, tree } of tables)
      this.#walk(tree, `its table ${name}`, (key, value, flags) => {
        if ((flags & ~BIG) !== 0) throw new Damage(`its table ${name} has a row of another kind`);
        this.#visit(name, key, value);
      });
    this.#walk(this.#meta.free, 'its list of free pages', (_key, value) => this.#noteFree(value));
  }

  /** The list of a transaction: how many pages, and their numbers, a run of them as a negative count behind its first. */
  #noteFree(value: Buffer): void {
    if (value.length < 8 || value.length % 8 !== 0) throw new Damage('its list of free pages is cut short');
    const count = Number(value.readBigUInt64LE(0));
    if (count > value.length / 8 - 1) throw new Damage('its list of free pages is longer than it can be');
    for (let i = 1; i <= count; i++) {
      const entry = value.readBigInt64LE(i * 8);
      // A run: its length is negative and stands before its first page. Zeros are places that were emptied.
      if (entry === 0n) continue;
      const run = entry < 0n ? Number(-entry) : 1;
      const first = entry < 0n ? Number(value.readBigInt64LE(++i * 8)) : Number(entry);
      if (entry < 0n && i > count) throw new Damage('its list of free pages ends within a run');
      for (let page = first; page < first + run; page++) this.#use(page, 'its list of free pages');
    }
  }

  #walk(tree: Tree, what: string, row: (key: Buffer, value: Buffer, flags: number) => void): void {
    this.#counted = { branches: 0, leaves: 0, overflows: 0, entries: 0 };
    const isInteger = tree === this.#meta.free;
    if (tree.root !== NO_ROOT) {
      if (tree.depth < 1 || tree.depth > DEPTH_MAX) throw new Damage(`${what} has no sensible depth`);
      this.#page(Number(tree.root), tree.depth, undefined, undefined, { what, row, isInteger });
    } else if (tree.depth !== 0) throw new Damage(`${what} has lost its root`);
    const { branches, leaves, overflows, entries } = this.#counted;
    if (entries !== tree.entries)
      throw new Damage(`${what} has ${entries} rows, and should have ${tree.entries}`);
    if (branches !== tree.branches || leaves !== tree.leaves || overflows !== tree.overflows)
      throw new Damage(`${what} has other pages than it should have`);
  }

  /** `low`: no key is below it; `high`: every key is below it. */
  #page(
    number: number,
    depth: number,
    low: Buffer | undefined,
    high: Buffer | undefined,
    of: {
      readonly what: string;
      readonly row: (key: Buffer, value: Buffer, flags: number) => void;
      readonly isInteger: boolean;
    },
  ): void {
    const page = this.#read(number, 1, of.what);
    const damaged = (): Damage => new Damage(`page ${number} of ${of.what} is damaged`);
    const flags = page.readUInt16LE(18);
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    const count = lower >> 1;
    if (flags !== (depth === 1 ? LEAF : BRANCH)) throw damaged();
    if (lower % 2 !== 0 || lower > upper || upper > page.length - HEAD_BYTES) throw damaged();
    if (count === 0 || (depth > 1 && count < 2)) throw damaged();
    if (depth === 1) this.#counted.leaves++;
    else this.#counted.branches++;
    let bytes = 0;
    let before = low;
    const children: { readonly page: number; readonly key: Buffer | undefined }[] = [];
    for (let i = 0; i < count; i++) {
      const at = HEAD_BYTES + page.readUInt16LE(HEAD_BYTES + 2 * i);
      if (at < HEAD_BYTES + upper || at + NODE_BYTES > page.length) throw damaged();
      const keyLength = page.readUInt16LE(at + 6);
      const keyEnd = at + NODE_BYTES + keyLength;
      if (keyEnd > page.length) throw damaged();
      const key = page.subarray(at + NODE_BYTES, keyEnd);
      const isFirstOfBranch = depth > 1 && i === 0;
      if (!isFirstOfBranch) {
        const least = i === 0 || (depth > 1 && i === 1) ? 0 : 1;
        if (before !== undefined && compared(key, before, of.isInteger) < least) throw damaged();
        before = key;
      }
      let size = NODE_BYTES + keyLength;
      if (depth > 1) children.push({ page: page.readUIntLE(at, 6), key: isFirstOfBranch ? undefined : key });
      else size += this.#row(page, at, keyEnd, key, of);
      bytes += size + (size % 2);
    }
    if (before !== undefined && high !== undefined && compared(before, high, of.isInteger) >= 0)
      throw damaged();
    if (bytes !== page.length - HEAD_BYTES - upper) throw damaged();
    for (const [i, child] of children.entries())
      this.#page(child.page, depth - 1, child.key ?? low, children[i + 1]?.key ?? high, of);
  }

  /** Hands a row over; how many bytes of the page its data takes. */
  #row(
    page: Buffer,
    at: number,
    keyEnd: number,
    key: Buffer,
    {
      what,
      row,
    }: { readonly what: string; readonly row: (key: Buffer, value: Buffer, flags: number) => void },
  ): number {
    const size = page.readUInt32LE(at);
    const flags = page.readUInt16LE(at + 4);
    this.#counted.entries++;
    if ((flags & BIG) === 0) {
      if (keyEnd + size > page.length) throw new Damage(`a row of ${what} is longer than its page`);
      row(key, page.subarray(keyEnd, keyEnd + size), flags);
      return size;
    }
    if (keyEnd + BIG_BYTES > page.length) throw new Damage(`a row of ${what} is longer than its page`);
    const first = Number(page.readBigUInt64LE(keyEnd));
    const pages = Math.ceil((size + HEAD_BYTES) / page.length);
    const run = this.#read(first, pages, what);
    if (run.readUInt16LE(18) !== OVERFLOW || run.readUInt32LE(20) !== pages)
      throw new Damage(`page ${first} of ${what} is damaged`);
    this.#counted.overflows += pages;
    row(key, run.subarray(HEAD_BYTES, HEAD_BYTES + size), flags);
    return BIG_BYTES;
  }

  #read(number: number, pages: number, what: string): Buffer {
    const { pageSize, transaction } = this.#meta;
    for (let page = number; page < number + pages; page++) this.#use(page, what);
    const bytes = Buffer.allocUnsafe(pages * pageSize);
    if (readSync(this.#fd, bytes, 0, bytes.length, number * pageSize) < bytes.length)
      throw new Damage(`page ${number} of ${what} is missing: the file was cut short`);
    if (Number(bytes.readBigUInt64LE(0)) !== number || bytes.readBigUInt64LE(8) > transaction)
      throw new Damage(`page ${number} of ${what} is damaged`);
    return bytes;
  }

  #use(page: number, what: string): void {
    if (!(page >= PAGES_OF_META && page <= this.#meta.lastPage)) throw new Damage(`${what} leads to no page`);
    if (this.#used[page] === 1) throw new Damage(`page ${page}, which is in use, is in ${what} too`);
    this.#used[page] = 1;
  }

  #newerMeta(): Meta {
    const { size } = fstatSync(this.#fd);
    const first = this.#metaAt(0, 0);
    const second = this.#metaAt(1, first.pageSize);
    for (const name of ['pageSize', 'flags', 'version', 'address'] as const)
      if (first[name] !== second[name]) throw new Damage('one of its two heads is damaged');
    const apart = first.transaction - second.transaction;
    if (apart > 1n || apart < -1n) throw new Damage('one of its two heads is damaged');
    const newer = apart < 0n ? second : first;
    const bytes = BigInt(newer.lastPage + 1) * BigInt(newer.pageSize);
    if (newer.mapBytes < bytes || newer.mapBytes > 1n << 46n || newer.lastPage < 1)
      throw new Damage('its head is damaged');
    if (size > 0 && bytes > BigInt(size) + BigInt(UNWRITTEN_BYTES_MAX)) throw new Damage('it was cut short');
    return newer;
  }

  #metaAt(number: number, at: number): Meta {
    const page = Buffer.alloc(META_BYTES);
    if (readSync(this.#fd, page, 0, META_BYTES, at) < META_BYTES) throw new Damage('it was cut short');
    const pageSize = page.readUInt32LE(HEAD_BYTES + 24);
    const isPower = pageSize >= 256 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0;
    if (
      page.readUInt32LE(HEAD_BYTES) !== MAGIC ||
      page.readUInt16LE(18) !== META ||
      Number(page.readBigUInt64LE(0)) !== number ||
      !isPower
    )
      throw new Damage('it is not an LMDB file, or its head is damaged');
    return {
      pageSize,
      flags: page.readUInt16LE(HEAD_BYTES + 28),
      version: page.readUInt32LE(HEAD_BYTES + 4),
      address: page.readBigUInt64LE(HEAD_BYTES + 8),
      mapBytes: page.readBigUInt64LE(HEAD_BYTES + 16),
      free: treeAt(page, HEAD_BYTES + 24),
      main: treeAt(page, HEAD_BYTES + 24 + TREE_BYTES),
      lastPage: Number(page.readBigUInt64LE(HEAD_BYTES + 24 + 2 * TREE_BYTES)),
      transaction: page.readBigUInt64LE(HEAD_BYTES + 32 + 2 * TREE_BYTES),
    };
  }
}

/** Pages given up within the transaction that made them need not have been written. */
const UNWRITTEN_BYTES_MAX = 1_048_576;

function treeAt(bytes: Buffer, at: number): Tree {
  const [branches, leaves, overflows, entries] = [8, 16, 24, 32].map((field) =>
    Number(bytes.readBigUInt64LE(at + field)),
  ) as [number, number, number, number];
  const root = bytes.readBigUInt64LE(at + 40);
  return { depth: bytes.readUInt16LE(at + 6), branches, leaves, overflows, entries, root };
}

function compared(a: Buffer, b: Buffer, isInteger: boolean): number {
  if (!isInteger) return Buffer.compare(a, b);
  if (a.length !== 8 || b.length !== 8) throw new Damage('its list of free pages is damaged');
  const difference = a.readBigUInt64LE(0) - b.readBigUInt64LE(0);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
