import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { writeDecisionFact } from '../decision-fact-codec.ts';
import { readDecisionFactV1 } from './decision-fact.ts';

const FORMAT = 2;
const FORMAT_BYTES = 2;
const FACT_FRAME_BYTES = 5;
/** The stored code of a decision. */
const DECISION = 1;

/** A log record of format 1 in format 2: its decisions are packed anew, the rest is as it was. Throws StoredBytesError. */
export function upgradeRecordV1(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes, FORMAT_BYTES);
  const writer = new ByteWriter();
  const keep = (from: number): void => {
    writer.rawBytes(bytes.subarray(from, reader.at), reader.at - from);
  };
  writer.u8(bytes[0] as number);
  writer.u8(FORMAT);
  passHeader(reader);
  const count = reader.u32();
  if (count * FACT_FRAME_BYTES > reader.left) reader.fail(`${count} facts in ${reader.left} bytes`);
  keep(FORMAT_BYTES);
  for (let index = 0; index < count; index++) {
    const start = reader.at;
    const code = reader.u8();
    const length = reader.u32();
    const from = reader.at;
    reader.skip(length);
    if (code !== DECISION) {
      keep(start);
      continue;
    }
    const body = new ByteReader(bytes, from, reader.at);
    const fact = readDecisionFactV1(body);
    body.atEnd('a decision');
    writer.u8(code);
    const lengthAt = writer.size;
    writer.u32(0);
    writeDecisionFact(writer, fact);
    writer.u32At(lengthAt, writer.size - lengthAt - 4);
  }
  if (reader.left !== 0) reader.fail('the end of the record');
  return writer.copy();
}

function passHeader(reader: ByteReader): void {
  reader.number();
  reader.number();
  reader.text();
  reader.number();
}
