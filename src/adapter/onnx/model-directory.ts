import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';

/** What a model's directory holds. */
export interface ModelFiles {
  /** The text of card.json. */
  readonly card: string;
  /** The bytes of model.onnx. */
  readonly model: Uint8Array;
}

/** Reads `<directory>/card.json` and `<directory>/model.onnx`; each one that cannot be read is a sentence. */
export async function readModelDirectory(directory: string): Promise<Result<ModelFiles, readonly string[]>> {
  const files = ['card.json', 'model.onnx'].map((name) => join(directory, name));
  const read = await Promise.allSettled(files.map((file) => readFile(file)));
  const missing = read.flatMap((each, i) =>
    each.status === 'rejected' ? [`${files[i]} cannot be read: ${each.reason}`] : [],
  );
  const [card, model] = read.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  if (card === undefined || model === undefined) return err(missing);
  return ok({ card: card.toString('utf8'), model });
}
