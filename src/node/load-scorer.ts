import { BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import { parseModelCard } from '../adapter/onnx/model-card.ts';
import { type ModelFiles, readModelDirectory } from '../adapter/onnx/model-directory.ts';
import { openOnnxScorer } from '../adapter/onnx/onnx-scorer.ts';
import { err, type Result } from '../base/result.ts';
import { encodeModelEdition } from '../codec/stored/model-edition-codec.ts';
import { LIMITS } from '../config/limits.ts';
import type { ServeSettings } from '../config/options.ts';
import type { Editions } from '../port/editions.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { Scorer } from '../port/scorer.ts';
import { type ModelVersion, modelVersions, SCORER_MODEL } from './model-versions.ts';

/**
 * The newest model of the settings' folder, kept among the editions so that what it decides can be derived again without
 * that folder. One that does not fit is refused, a sentence for each fault, and base rates stand in for it. Throws
 * PortError when the editions cannot be written.
 */
export async function loadScorer(
  settings: Pick<ServeSettings, 'modelsDir'>,
  editions: Editions,
  observer: Observer,
): Promise<Scorer> {
  const [newest] = modelVersions(settings.modelsDir, SCORER_MODEL);
  if (newest === undefined) {
    observer.info(`there is no model in ${settings.modelsDir}/${SCORER_MODEL}: base rates score`);
    return new BaseRateScorer();
  }
  const opened = await openVersion(newest, editions);
  if (opened.ok) {
    observer.info(`model ${newest.version} scores`);
    return opened.value;
  }
  for (const fault of opened.error) observer.fault(`${newest.folder}: ${fault}`);
  observer.fault(`the model in ${newest.folder} is refused; base rates score in its place`);
  return new BaseRateScorer(true);
}

async function openVersion(
  version: ModelVersion,
  editions: Editions,
): Promise<Result<Scorer, readonly string[]>> {
  const read = await readModelDirectory(version.folder, LIMITS.modelBytesMax);
  if (!read.ok) return read;
  const misnamed = misnamedBy(read.value, version);
  if (misnamed.length > 0) return err(misnamed);
  const opened = await openOnnxScorer(read.value.card, read.value.model);
  if (!opened.ok) return opened;
  try {
    await keep(version.version, opened.value, read.value, editions);
  } catch (fault) {
    await opened.value.close();
    if (!(fault instanceof PortError) || fault.kind !== 'conflict') throw fault;
    // What it decided under this name would be derived again with other bytes.
    return err([`${fault.message}: a model or card that was changed wants a version of its own`]);
  }
  return opened;
}

/** Decisions name the version: the card must say the one that people find the model under. */
function misnamedBy({ card }: ModelFiles, { version }: ModelVersion): string[] {
  const parsed = parseModelCard(card);
  // A card that cannot be read is told of when the model is opened.
  if (!parsed.ok) return [];
  const faults: string[] = [];
  if (parsed.value.name !== SCORER_MODEL)
    faults.push(`the card is of the model ${parsed.value.name}, not of ${SCORER_MODEL}`);
  if (parsed.value.version !== version)
    faults.push(`the card is of version ${parsed.value.version}, not of ${version}`);
  return faults;
}

async function keep(version: string, scorer: Scorer, files: ModelFiles, editions: Editions): Promise<void> {
  const sha256 = scorer.info.sha256 ?? '';
  await editions.put({ kind: 'model', version, sha256, bytes: encodeModelEdition(files) });
  const inForce = await editions.current('model');
  if (inForce === version) return;
  try {
    await editions.use('model', version, inForce);
  } catch (fault) {
    // Of nodes that start at the same time another one came first: its model is no reason to refuse this one's.
    if (!(fault instanceof PortError) || fault.kind !== 'conflict') throw fault;
  }
}
