import { BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import { readModelDirectory } from '../adapter/onnx/model-directory.ts';
import { err, ok, type Result } from '../base/result.ts';
import { LIMITS } from '../config/limits.ts';
import type { ServeSettings } from '../config/options.ts';
import type { Editions } from '../port/editions.ts';
import type { ModelFiles } from '../port/models.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { Scorer } from '../port/scorer.ts';
import { openModelFiles, openStoredModel, storeModel } from './edition-models.ts';
import { type ModelVersion, modelVersions, SCORER_MODEL } from './model-versions.ts';

/**
 * What scores at a start. The stored model in force counts; the newest of the settings' folder is taken where there is none, and where the one in force came from that folder
 * (`isShared`: several nodes have the stores: only where there is none). What is refused is told, a sentence for each fault, and where nothing is left base rates stand in.
 * Throws PortError when the editions cannot be read or written.
 */
export async function loadScorer(
  { modelsDir }: Pick<ServeSettings, 'modelsDir'>,
  editions: Editions,
  observer: Observer,
  isShared = false,
): Promise<Scorer> {
  const inForce = await editions.current('model');
  const [newest] = modelVersions(modelsDir, SCORER_MODEL);
  const folder = { editions, observer, newest, inForce };
  const counts = await countsFolder(folder, isShared);
  if (counts) {
    const taken = await takeNewest(folder);
    if (taken !== undefined) return taken;
  } else if (newest !== undefined && newest.version !== inForce)
    observer.info(
      `the newest model in ${modelsDir} (${newest.version}) is not the one in force (${inForce}), which stays; put it in force with attune models publish ${newest.folder}`,
    );
  // Of nodes that start at the same time another one may have come first.
  const stored = await editions.current('model');
  if (stored !== '')
    return openInForce(stored, counts || isShared ? { ...folder, newest: undefined } : folder);
  if (newest !== undefined) {
    observer.fault(`the model in ${newest.folder} is refused; base rates score in its place`);
    return new BaseRateScorer(true);
  }
  observer.info(`there is no model in ${modelsDir}/${SCORER_MODEL}: base rates score`);
  return new BaseRateScorer();
}

interface Folder {
  readonly editions: Editions;
  readonly observer: Observer;
  readonly newest: ModelVersion | undefined;
  /** When the start began; '': none. */
  readonly inForce: string;
}

/** Whether the folder's newest model is to be taken: what a call has published stays. */
async function countsFolder({ editions, inForce, newest }: Folder, isShared: boolean): Promise<boolean> {
  if (newest === undefined) return false;
  if (inForce === '') return true;
  if (isShared) return false;
  const before = await editions.current('models-folder');
  // Stores of before kept no note of it: what was in force came from the folder.
  return before === '' || before === inForce;
}

/** The folder's newest model, in force; undefined: it is refused, which is told. */
async function takeNewest(folder: Folder): Promise<Scorer | undefined> {
  const { editions, observer, newest, inForce } = folder;
  if (newest === undefined) return undefined;
  const read = await openVersion(newest);
  const fault = read.ok ? await storeModel(editions, read.value.files, read.value.scorer) : '';
  if (!read.ok || fault !== '') {
    if (read.ok) await read.value.scorer.close();
    for (const sentence of read.ok ? [fault] : read.error) observer.fault(`${newest.folder}: ${sentence}`);
    return undefined;
  }
  const { scorer } = read.value;
  try {
    if (inForce !== newest.version) await editions.use('model', newest.version, inForce);
  } catch (conflict) {
    await scorer.close();
    if (!(conflict instanceof PortError) || conflict.kind !== 'conflict') throw conflict;
    return undefined;
  }
  await noteFolder(editions, newest.version);
  observer.info(`model ${newest.version} scores`);
  return scorer;
}

/** The stored model, else the folder's newest, else base rates. */
async function openInForce(version: string, folder: Folder): Promise<Scorer> {
  const { editions, observer } = folder;
  const opened = await openStoredModel(editions, version);
  if (opened.ok) {
    observer.info(`model ${version}, which is stored, scores`);
    return opened.value;
  }
  for (const fault of opened.error) observer.fault(`the model in force: ${fault}`);
  const other = await takeNewest({ ...folder, inForce: version });
  if (other !== undefined) return other;
  observer.fault(`model ${version}, which is in force, is refused; base rates score in its place`);
  return new BaseRateScorer(true);
}

/** The newest model that the folder has given: what is in force under this name came from there. */
async function noteFolder(editions: Editions, version: string): Promise<void> {
  const before = await editions.current('models-folder');
  if (before === version) return;
  await editions.put({ kind: 'models-folder', version, sha256: '', bytes: new Uint8Array() });
  try {
    await editions.use('models-folder', version, before);
  } catch (fault) {
    // Another node has noted its own.
    if (!(fault instanceof PortError) || fault.kind !== 'conflict') throw fault;
  }
}

async function openVersion({
  folder,
  version,
}: ModelVersion): Promise<
  Result<{ readonly files: ModelFiles; readonly scorer: Scorer }, readonly string[]>
> {
  const read = await readModelDirectory(folder, LIMITS.modelBytesMax);
  if (!read.ok) return read;
  const opened = await openModelFiles(read.value);
  if (!opened.ok) return opened;
  const scorer = opened.value;
  if (scorer.info.version === version) return ok({ files: read.value, scorer });
  // Decisions name the version: the card must say the one that people find the model under.
  await scorer.close();
  return err([`the card is of version ${scorer.info.version}, not of ${version}`]);
}
