/**
 * A record of the log that was found damaged when its turn came to be archived: in its place stand what was said of it and the
 * bytes as they were. No reader of records takes it for one.
 *
 *   magic u8 0xad, length of the sentence u32, the sentence in UTF-8, the bytes
 */
const MAGIC = 0xad;
const HEAD_BYTES = 5;

export function encodeDamagedRecord(sentence: string, bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(sentence);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(MAGIC, 0);
  head.writeUInt32LE(text.length, 1);
  return Buffer.concat([head, text, bytes]);
}

/** What was said of a record that is set aside; undefined: these are the bytes of another one. */
export function damageOfRecord(bytes: Uint8Array): string | undefined {
  if (bytes.length < HEAD_BYTES || bytes[0] !== MAGIC) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.toString('utf8', HEAD_BYTES, HEAD_BYTES + view.readUInt32LE(1));
}
