import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, type Result } from '../../base/result.ts';
import type { Scorer } from '../../port/scorer.ts';
import { type OnnxOptions, openOnnxScorer } from './onnx-scorer.ts';

/** Opens `<directory>/card.json` and `<directory>/model.onnx`; every fault is a sentence that names the directory. */
export async function openModelDirectory(
  directory: string,
  options: OnnxOptions = {},
): Promise<Result<Scorer, readonly string[]>> {
  const files = ['card.json', 'model.onnx'].map((name) => join(directory, name));
  const read = await Promise.allSettled(files.map((file) => readFile(file)));
  const missing = read.flatMap((each, i) =>
    each.status === 'rejected' ? [`${files[i]} cannot be read: ${each.reason}`] : [],
  );
  const [card, model] = read.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  if (card === undefined || model === undefined) return err(missing);
  const opened = await openOnnxScorer(card.toString('utf8'), model, options);
  return opened.ok ? opened : err(opened.error.map((fault) => `${directory}: ${fault}`));
}
