import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Name of the model that scores decisions. */
export const SCORER_MODEL = 'attune-heads';

/** A version of a model in a folder of models: `<name>/<number>-<digest>/`. */
export interface ModelVersion {
  readonly folder: string;
  readonly version: string;
  readonly number: number;
}

/** Whether a folder of models could hold it: a number, and what tells two of one number apart. At most 64 bytes. */
export function isModelVersion(version: string): boolean {
  return /^\d{1,9}(-[\w.-]{1,54})?$/.test(version);
}

/** The versions of a model, the newest (of the highest number) first; none when there is no such folder. */
export function modelVersions(models: string, name: string): ModelVersion[] {
  const home = join(models, name);
  if (statSync(home, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\d{1,9}(-|$)/.test(entry.name))
    .map((entry) => ({
      folder: join(home, entry.name),
      version: entry.name,
      number: Number.parseInt(entry.name, 10),
    }))
    .sort((a, b) => b.number - a.number || (a.version < b.version ? 1 : -1));
}
