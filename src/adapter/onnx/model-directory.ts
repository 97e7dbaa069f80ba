import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { ModelFiles } from '../../port/models.ts';

/**
 * Reads `<directory>/card.json` and `<directory>/model.onnx`; each one that cannot be read, or has more than `bytesMax`
 * bytes, is a sentence.
 */
export async function readModelDirectory(
  directory: string,
  bytesMax: number,
): Promise<Result<ModelFiles, readonly string[]>> {
  const files = ['card.json', 'model.onnx'].map((name) => join(directory, name));
  const read = await Promise.allSettled(files.map((file) => readBounded(file, bytesMax)));
  const missing = read.flatMap((each) =>
    each.status === 'rejected' ? [each.reason instanceof Error ? each.reason.message : `${each.reason}`] : [],
  );
  const [card, model] = read.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  if (card === undefined || model === undefined) return err(missing);
  return ok({ card: card.toString('utf8'), model });
}

async function readBounded(file: string, bytesMax: number): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size <= bytesMax) return await readFile(file);
  } catch (fault) {
    throw new Error(`${file} cannot be read: ${fault}`);
  }
  throw new Error(`${file} has more than the ${bytesMax} bytes that a model file may have`);
}
