/** Names of features in the records of earlier versions, for who reads them: a record holds numbers only. */
import { FEATURES } from './feature-spec.ts';

/** The columns that came with a version of the specification, the latest first. Two versions of one width could not be told apart. */
const CAME_WITH: readonly (readonly string[])[] = [
  // 4
  ['channel_story', 'channel_web_push'],
  // 3
  ['days_known'],
];

/** The names of the present version, and of each earlier one that a release had, the latest first. */
export const SPECS: readonly (readonly string[])[] = specs();

function specs(): (readonly string[])[] {
  let names = FEATURES;
  const found = [names];
  for (const came of CAME_WITH) {
    names = names.filter((name) => !came.includes(name));
    found.push(names);
  }
  return found;
}

/** The names of `width` features in order; of a width that no version had they are numbered. */
export function featureNames(width: number): readonly string[] {
  return (
    SPECS.find((names) => names.length === width) ?? Array.from({ length: width }, (_, i) => `feature_${i}`)
  );
}
