import { BaseRateScorer } from '../../../adapter/onnx/base-rate-scorer.ts';
import { readModelDirectory } from '../../../adapter/onnx/model-directory.ts';
import { openOnnxScorer } from '../../../adapter/onnx/onnx-scorer.ts';
import { LIMITS } from '../../../config/limits.ts';
import { CHANNELS } from '../../../core/channel.ts';
import { type TypicalRates, typicalRates, typicalRows } from '../../../core/estimate/typical-customer.ts';
import type { Policy } from '../../../core/policy/policy.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import { CommandError } from '../../../node/command/command-line.ts';
import { modelVersions, SCORER_MODEL } from '../../../node/model-versions.ts';
import type { Scorer } from '../../../port/scorer.ts';

export interface TypicalAnswers extends TypicalRates {
  /** Version of the model that says so. */
  readonly model: string;
}

/** What the newest model of a folder says of the typical customer; base rates where there is none. Throws CommandError. */
export async function typicalAnswers(
  modelsDir: string,
  customer: Profile,
  policy: Policy,
): Promise<TypicalAnswers> {
  const scorer = await openScorer(modelsDir);
  try {
    const logits = await scorer.run(typicalRows(customer, policy), CHANNELS.length);
    return { model: scorer.info.version, ...typicalRates(logits, scorer.info, policy) };
  } finally {
    await scorer.close();
  }
}

async function openScorer(modelsDir: string): Promise<Scorer> {
  const [newest] = modelVersions(modelsDir, SCORER_MODEL);
  if (newest === undefined) return new BaseRateScorer();
  const read = await readModelDirectory(newest.folder, LIMITS.modelBytesMax);
  const opened = read.ok ? await openOnnxScorer(read.value.card, read.value.model) : read;
  if (opened.ok) return opened.value;
  throw new CommandError(opened.error.map((fault) => `${newest.folder}: ${fault}`).join('\n'));
}
