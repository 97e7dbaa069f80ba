import { expect, test } from 'vitest';
import { MemoryErasures } from '../../adapter/memory/memory-erasures.ts';
import { HmacKeys } from '../../adapter/system/hmac-keys.ts';
import { LIMITS } from '../../config/limits.ts';
import type { Erasure } from '../../port/erasures.ts';
import { ErasureBook } from './erasure-book.ts';

const OLD = new Uint8Array(32).fill(7);
const NEW = new Uint8Array(32).fill(9);
const ID = 'AAAAAAAAAAAAAAAAAAAAAA';

function erasure(hash: string, change: Partial<Erasure> = {}): Erasure {
  return {
    ...{ receipt: 'r', caseId: '', at: 1_000, completeBy: 2_000, untold: [], doneAt: 0 },
    actors: [{ hash, id: '', shard: 0, generation: 2, seq: 10 }],
    ...change,
  };
}

test('who was forgotten under an older key is known, and nobody else', async () => {
  const list = new MemoryErasures();
  await list.save(erasure(new ErasureBook(list, new HmacKeys([OLD])).hashOf(ID)));
  const book = new ErasureBook(list, new HmacKeys([NEW, OLD]));
  expect(book.erasedAt(ID)).toBe(1_000);
  expect(book.erasedAt('BAAAAAAAAAAAAAAAAAAAAA')).toBe(0);
  expect(new ErasureBook(list, new HmacKeys([NEW])).erasedAt(ID)).toBe(0);
});

test('what was told up to the last erasure is hidden, also of earlier lives of the data, and nothing later', async () => {
  const list = new MemoryErasures();
  const book = new ErasureBook(list, new HmacKeys([NEW]));
  await book.save(erasure(book.hashOf(ID)));
  expect([
    book.covers(ID, 2, 10),
    book.covers(ID, 1, 99),
    book.covers(ID, 2, 11),
    book.covers(ID, 3, 1),
  ]).toEqual([true, true, false, false]);
  const actors = [{ hash: book.hashOf(ID), id: '', shard: 0, generation: 2, seq: 20 }];
  await book.save(erasure('', { receipt: 's', at: 5_000, actors }));
  expect([book.covers(ID, 2, 20), book.covers(ID, 2, 21), book.erasedAt(ID)]).toEqual([true, false, 5_000]);
});

test('beyond the bound nobody more is taken, and it is said', async () => {
  const storage = new Map(
    Array.from({ length: LIMITS.erasuresMax - 1 }, (_, n) => [
      `r${n}`,
      erasure(`h${n}`, { receipt: `r${n}` }),
    ]),
  );
  const book = new ErasureBook(new MemoryErasures(storage), new HmacKeys([NEW]));
  expect(book.isFull).toBe(false);
  await book.save(erasure('last', { receipt: 'last' }));
  expect(book.isFull).toBe(true);
});

test('a key that turned out to be somebody else is not remembered as forgotten', async () => {
  const book = new ErasureBook(new MemoryErasures(), new HmacKeys([NEW]));
  const theirs = erasure(book.hashOf(ID)).actors;
  const foreign = { hash: book.hashOf('BAAAAAAAAAAAAAAAAAAAAA'), id: '', shard: -1, generation: 0, seq: 0 };
  await book.save(erasure('', { actors: [...theirs, foreign] }));
  await book.save(erasure('', { actors: theirs }));
  expect([book.erasedAt(ID), book.erasedAt('BAAAAAAAAAAAAAAAAAAAAA')]).toEqual([1_000, 0]);
});

test('changes of two nodes at once are both kept, whoever came second', async () => {
  const storage = new Map<string, Erasure>();
  const books = [0, 1].map(() => new ErasureBook(new MemoryErasures(storage), new HmacKeys([NEW])));
  const [one, two] = books as [ErasureBook, ErasureBook];
  const untold = Array.from({ length: 8 }, (_, n) => ({ channel: 'email', id: `c${n}` }));
  await one.save(erasure(one.hashOf(ID), { untold }));
  expect([one.isShared, two.erasedAt(ID)]).toEqual([true, 0]);
  await two.takeIn();
  expect(two.erasedAt(ID)).toBe(1_000);
  await Promise.all(
    untold.map(({ id }, n) =>
      (n % 2 === 0 ? one : two).change('r', (now) => ({
        ...now,
        untold: now.untold.filter((left) => left.id !== id),
      })),
    ),
  );
  await Promise.all(books.map((book) => book.takeIn()));
  expect(books.map((book) => book.get('r')?.untold)).toEqual([[], []]);
  await one.change('r', (now) => ({ ...now, doneAt: 5 }));
  await two.takeIn();
  expect(two.pending).toEqual([]);
});
