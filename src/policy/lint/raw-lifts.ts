import type { SoundPolicy } from '../parse-policy.ts';
import { valueAt } from '../shape-faults.ts';
import type { YamlPath, YamlSource } from '../yaml-source.ts';
import { actionEntries } from './lint.ts';

/** A lift that a file gives in numbers. */
export interface RawLift {
  readonly source: YamlSource;
  readonly path: YamlPath;
  readonly mean: number;
  /** Undefined: left to the default. */
  readonly sd: number | undefined;
}

/** Each lift of actions and defaults that says its mean. */
export function rawLifts(sound: SoundPolicy): readonly RawLift[] {
  const policyFile = sound.source.byKind.get('policy')?.[0];
  const places = [
    ...(policyFile === undefined ? [] : [{ source: policyFile, path: ['defaults', 'lift'] }]),
    ...actionEntries(sound).map(({ source, path }) => ({ source, path: [...path, 'lift'] })),
  ];
  return places.flatMap(({ source, path }) => {
    const mean = valueAt(source.data, [...path, 'mean']);
    const sd = valueAt(source.data, [...path, 'sd']);
    return typeof mean === 'number'
      ? [{ source, path, mean, sd: typeof sd === 'number' ? sd : undefined }]
      : [];
  });
}
