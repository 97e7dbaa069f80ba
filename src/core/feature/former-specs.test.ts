import { expect, test } from 'vitest';
import { CHANNELS } from '../channel.ts';
import { FEATURES, specHash } from './feature-spec.ts';
import { featureNames, SPECS } from './former-specs.ts';

test('names are those that the models of each version were trained on, by the hash in their cards', () => {
  expect(SPECS.map((names) => names.length)).toEqual([53, 51, 50]);
  expect(SPECS.map((names, back) => specHash(4 - back, names)).slice(1)).toEqual(['9bb6ded4', '98edc3c6']);
});

test('versions have widths of their own: a record that holds numbers only says by its width which it is of', () => {
  expect(new Set(SPECS.map((names) => names.length)).size).toBe(SPECS.length);
  expect(featureNames(FEATURES.length)).toEqual(FEATURES);
  expect(featureNames(50)).not.toContain('days_known');
  expect(featureNames(50)[9]).toBe('stage_prospect');
  expect(featureNames(3)).toEqual(['feature_0', 'feature_1', 'feature_2']);
});

test('every channel has its column, and the columns of channels stand in the order of their codes', () => {
  expect(FEATURES.slice(0, CHANNELS.length)).toEqual(CHANNELS.map((name) => `channel_${name}`));
});
