import { readerOf } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { MODEL_FORMAT } from './formats.ts';

/** A model as an edition holds it: all that serving it again needs. */
export interface ModelEdition {
  /** The text of card.json, to the letter. */
  readonly card: string;
  /** The bytes of model.onnx. */
  readonly model: Uint8Array;
}

export function encodeModelEdition({ card, model }: ModelEdition): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(MODEL_FORMAT.magic);
  writer.u8(MODEL_FORMAT.current);
  writer.text(card);
  writer.block(model);
  return writer.copy();
}

/** Throws StoredBytesError. */
export function decodeModelEdition(stored: Uint8Array): ModelEdition {
  const reader = readerOf(MODEL_FORMAT, stored);
  const edition = { card: reader.text(), model: reader.block() };
  reader.atEnd('a model');
  return edition;
}
