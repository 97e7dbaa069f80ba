import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type InputLine, splitLines } from './split-lines.ts';

async function linesIn(chunks: readonly Buffer[], bytesMax?: number): Promise<InputLine[]> {
  async function* input(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  const lines: InputLine[] = [];
  for await (const line of splitLines(input(), bytesMax)) lines.push(line);
  return lines;
}

const texts = async (...chunks: readonly (Buffer | string)[]): Promise<string[]> =>
  (await linesIn(chunks.map((chunk) => Buffer.from(chunk)))).map(({ text, fault }) => text + fault);

test('only LF ends a line; a CR before it is no part of it', async () => {
  expect(await texts('a\u2028b\u2029c\u0085d\re\r\n\nf')).toEqual(['a\u2028b\u2029c\u0085d\re', '', 'f']);
});

test('lines are the same however their bytes come', async () => {
  const content = fc.array(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/[\n\r]/g, '')),
    {
      minLength: 1,
    },
  );
  await fc.assert(
    fc.asyncProperty(content, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), async (lines, sizes) => {
      const bytes = Buffer.from(`{"first":1}\n${lines.join('\n')}\n`);
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value as number;
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      const read = await linesIn(chunks);
      expect(read.map(({ text }) => text)).toEqual([
        '{"first":1}',
        ...lines.map((line) => Buffer.from(line).toString()),
      ]);
      expect(read.at(-1)?.bytesRead).toBe(bytes.length);
    }),
  );
});

test.each([
  ['UTF-8 with a mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"ä":1}\n{}')])],
  ['UTF-16 with a mark', Buffer.from('\ufeff{"ä":1}\n{}', 'utf16le')],
  ['UTF-16 without one', Buffer.from('{"ä":1}\n{}', 'utf16le')],
  ['UTF-16 of the other order', Buffer.from('\ufeff{"ä":1}\n{}', 'utf16le').swap16()],
  ['UTF-16 of the other order without a mark', Buffer.from('{"ä":1}\n{}', 'utf16le').swap16()],
])('%s is read', async (_, bytes) => {
  for (const cut of [0, 1, 2, 3, 7]) {
    expect(await texts(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(['{"ä":1}', '{}']);
  }
});

test('a line beyond the bound fails alone, and its bytes are not kept', async () => {
  const lines = await linesIn([Buffer.from('ok\n'), Buffer.alloc(50, 'x'), Buffer.from('\nfine\n')], 49);
  expect(lines.map(({ number, text, fault }) => ({ number, text, fault }))).toEqual([
    { number: 1, text: 'ok', fault: '' },
    { number: 2, text: '', fault: 'the line has 50 bytes; at most 49 are read' },
    { number: 3, text: 'fine', fault: '' },
  ]);
});

test('a line that is not UTF-8 fails alone', async () => {
  expect(await texts('a\n', Buffer.from([0x7b, 0xe4, 0x7d]), '\nb\n')).toEqual([
    'a',
    'the line is not UTF-8: save the file in that encoding',
    'b',
  ]);
});

test('what is compressed is told, with the way to send it', async () => {
  await expect(texts(Buffer.from([0x1f, 0x8b, 8, 0, 1, 2]))).rejects.toThrow('zcat FILE');
});

test('an empty input has no line', async () => {
  expect(await texts('')).toEqual([]);
  expect(await texts()).toEqual([]);
});
