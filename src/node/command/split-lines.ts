/**
 * Bytes as lines. Only LF ends a line: JSON may hold U+2028 and the like, which other readers of lines break at. A byte
 * order mark is dropped, UTF-16 is read; what is no text is told.
 */
import { TextDecoder } from 'node:util';
import { LIMITS } from '../../config/limits.ts';

/** One line of an input, or what is wrong with it. */
export interface InputLine {
  /** From 1. */
  readonly number: number;
  /** Without its LF and a CR before it; '' when it is faulty. */
  readonly text: string;
  /** A sentence; '' for a line that could be read. */
  readonly fault: string;
  /** Bytes of the input up to its end. */
  readonly bytesRead: number;
}

const LF = 0x0a;
const UTF8_MARK = [0xef, 0xbb, 0xbf];
const UTF16_MARKS = { 'utf-16le': [0xff, 0xfe], 'utf-16be': [0xfe, 0xff] } as const;
const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
const HEAD_BYTES = 4;

/** The lines of an input. Throws RangeError with the rest of a sentence about it when it is compressed. */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  bytesMax: number = LIMITS.inputLineBytesMax,
): AsyncGenerator<InputLine> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  let bytesRead = 0;
  let parts: Buffer[] = [];
  let length = 0;
  const line = (): InputLine => {
    number++;
    const whole = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    const found = { number, bytesRead };
    if (length > bytesMax) {
      const fault = `the line has ${length} bytes; at most ${bytesMax} are read`;
      return { ...found, text: '', fault };
    }
    try {
      return { ...found, text: utf8.decode(whole).replace(/\r$/, ''), fault: '' };
    } catch {
      return { ...found, text: '', fault: 'the line is not UTF-8: save the file in that encoding' };
    }
  };
  for await (const chunk of asUtf8(chunks)) {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(LF, from);
      const to = end < 0 ? chunk.length : end;
      length += to - from;
      // Of a line that is too long no more is kept than shows that it is.
      if (length <= bytesMax) parts.push(chunk.subarray(from, to));
      else parts = [];
      bytesRead += to - from;
      if (end < 0) break;
      bytesRead++;
      yield line();
      parts = [];
      length = 0;
      from = end + 1;
    }
  }
  if (length > 0) yield line();
}

/** The input as UTF-8 without a byte order mark. */
async function* asUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let decoder: TextDecoder | undefined;
  for await (const chunk of chunks) {
    let next = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      if (head.length < HEAD_BYTES) continue;
      [next, decoder] = opened(head);
      head = undefined;
    }
    yield decoder === undefined ? next : Buffer.from(decoder.decode(next, { stream: true }));
  }
  if (head === undefined) return;
  const [rest, late] = opened(head);
  yield late === undefined ? rest : Buffer.from(late.decode(rest));
}

/** What follows the byte order mark, and the decoder of what is not UTF-8. */
function opened(head: Buffer): [Buffer, TextDecoder | undefined] {
  const begins = (mark: readonly number[]): boolean => mark.every((byte, at) => head[at] === byte);
  if (begins(GZIP) || begins(ZSTD)) {
    const program = begins(GZIP) ? 'zcat' : 'zstdcat';
    throw new RangeError(`is compressed: unpack it on the way, as in "${program} FILE | attune …"`);
  }
  if (begins(UTF8_MARK)) return [head.subarray(UTF8_MARK.length), undefined];
  for (const [encoding, mark] of Object.entries(UTF16_MARKS))
    if (begins(mark)) return [head.subarray(mark.length), new TextDecoder(encoding)];
  // JSON begins with ASCII, so a NUL beside the first character is its other half.
  if (head[0] === 0 && head[1] !== 0) return [head, new TextDecoder('utf-16be')];
  if (head[0] !== 0 && head[1] === 0) return [head, new TextDecoder('utf-16le')];
  return [head, undefined];
}
