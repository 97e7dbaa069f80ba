import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelVersions, SCORER_MODEL } from '../node/model-versions.ts';
import { withVersion } from './make-card.ts';

export interface InstalledModel {
  readonly folder: string;
  readonly version: string;
  /** False: this very model was the newest already. */
  readonly fresh: boolean;
}

/**
 * Puts a model into `<models>/attune-heads/<number>-<digest>/`, numbered after the newest there; the newest stays as it is
 * when it is the same one.
 */
export function installModel(
  models: string,
  model: Uint8Array,
  card: string,
  digest: string,
): InstalledModel {
  const [newest] = modelVersions(models, SCORER_MODEL);
  if (newest?.version.endsWith(`-${digest}`) && holds(newest.folder, model)) {
    return { folder: newest.folder, version: newest.version, fresh: false };
  }
  const version = `${(newest?.number ?? 0) + 1}-${digest}`;
  const folder = join(models, SCORER_MODEL, version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), model);
  writeFileSync(join(folder, 'card.json'), withVersion(card, version));
  return { folder, version, fresh: true };
}

function holds(folder: string, model: Uint8Array): boolean {
  const file = join(folder, 'model.onnx');
  return existsSync(file) && Buffer.compare(readFileSync(file), model) === 0;
}
