/** That a channel is one everywhere: who appends a name to CHANNELS is told here what else it needs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../codec/stored/profile-codec.ts';
import { CHANNELS, channelIndex, isAddressed } from '../../core/channel.ts';
import { customer, NOON } from '../../core/decide/shop.fixture.ts';
import { channelWord } from '../../core/event/channel-word.ts';
import { consentChannel } from '../../core/event/consent-word.ts';
import { FEATURE_COUNT, FEATURES } from '../../core/feature/feature-spec.ts';
import { writeFeatures } from '../../core/feature/write-features.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { channelStatsOf } from '../../core/profile/channel-stats.ts';
import { CONSENT_PLACES } from '../../core/profile/consent-proof.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { TRAITS, type TraitSpec } from '../../core/trait/trait-spec.ts';
import { modelVersions, SCORER_MODEL } from '../../node/model-versions.ts';
import { UNSUBSCRIBE_LOSS } from '../../policy/presets.ts';
import { scenarioChannelShape } from '../../scenario/file/shape-words.ts';
import { customerTruth } from '../../world/customer-truth.ts';
import { isShown } from '../../world/reaction.ts';
import { SPOKEN_CHANNELS } from '../fuzz/fuzz-values.ts';
import { CHANNEL_COUNT } from '../oracle/law-customer.ts';

const ROOT = join(import.meta.dirname, '../../..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Texts that say to people and programs which channels there are. */
const LISTS: readonly (readonly [what: string, path: string, says: (name: string) => string])[] = [
  ['the contract of events', 'proto/attune/v1/event.proto', (name) => `\`${name}\``],
  ['the contract of treatments', 'proto/attune/v1/treatment.proto', (name) => `\`${name}\``],
  ['the guide', 'docs/policy/channels.md', (name) => `\`${name}\``],
  ['the schema of channels', 'policies/schema/channels.json', (name) => `"${name}"`],
  ['the schema of placements', 'policies/schema/placements.json', (name) => `"${name}"`],
  ['the schema of caps', 'policies/schema/guardrails.json', (name) => `"${name}"`],
  ['the schema of actions', 'policies/schema/actions.json', (name) => `"${name}"`],
  ['the schema of stories', 'scenarios/scenario.schema.json', (name) => `"${name}"`],
  ['the table of traits', 'docs/policy/traits.md', (name) => `"${name}"`],
];

describe.each(CHANNELS)('the channel %s', (name) => {
  const channel = channelIndex(name);

  test.each(LISTS)('is named by %s', (_, path, says) => {
    expect(text(path)).toContain(says(name));
  });

  test('has its column in the features, and the shipped model knows it', () => {
    const row = new Float32Array(FEATURE_COUNT);
    writeFeatures(row, 0, customer(), { now: NOON, stage: 0, offsetMin: 0 }, channel);
    const ones = CHANNELS.filter((one) => row[FEATURES.indexOf(`channel_${one}`)] === 1);
    expect(ones).toEqual([name]);
    const [newest] = modelVersions(join(ROOT, 'models'), SCORER_MODEL);
    const card = JSON.parse(readFileSync(join(newest?.folder ?? '', 'card.json'), 'utf8'));
    expect(card.features[FEATURES.indexOf(`channel_${name}`)]).toBe(`channel_${name}`);
    expect(card.baseRates[channel]).toHaveLength(3);
  });

  test('is understood in the word of a consent in other letters, and a misspelt one is told its name', () => {
    const spelt = name.toUpperCase().replace('_', '-');
    expect([channelWord(spelt), consentChannel(spelt)]).toEqual([name, { value: name }]);
    const misspelt = consentChannel(`${name}${name.at(-1)}`);
    // Of the shortest names a letter is too much for a guess.
    if (name.length > 3) expect(misspelt).toEqual({ refused: expect.stringContaining(`"${name}"`) });
    else expect(misspelt).toHaveProperty('refused');
  });

  test('has a share of the lifetime value that leaving it loses, and a policy that declares it takes it', () => {
    expect(UNSUBSCRIBE_LOSS[name]).toBeGreaterThanOrEqual(0);
    expect(UNSUBSCRIBE_LOSS[name]).toBeLessThan(1);
  });

  test('can be asked for in conditions and stories', () => {
    const specs: readonly TraitSpec[] = TRAITS;
    for (const trait of ['active_channel', 'context_channel'])
      expect(specs.find((spec) => spec.name === trait)?.values, trait).toContain(name);
    expect(scenarioChannelShape.options).toContain(name);
  });

  test('keeps its consent and its record in a stored profile', () => {
    const { id, key } = addresseeOf('crm', 'anna');
    const profile = emptyProfile(id, key);
    profile.createdAt = NOON;
    expect(profile.consent).toHaveLength(CONSENT_PLACES);
    profile.consent[channel * 2] = NOON;
    profile.consent[channel * 2 + 1] = -NOON;
    Object.assign(channelStatsOf(profile, channel), {
      sends: 3,
      opens: 2,
      lastOpenAt: NOON,
      unsubscribedAt: NOON,
    });
    const stored = decodeProfile(encodeProfile(profile));
    expect([stored.consent, stored.channelStats]).toEqual([profile.consent, profile.channelStats]);
  });

  test('is lived in by the simulated shop: noticed as what it is, sent or shown', () => {
    const { attention } = customerTruth(1, 1);
    expect(attention[channel]).toBeGreaterThanOrEqual(0);
    expect(attention).toHaveLength(CHANNELS.length);
    // What goes to an address of theirs is no place that they look at.
    expect(isShown(name)).toBe(!isAddressed(channel));
  });

  test('is judged and attacked by the proofs', () => {
    expect(channel).toBeLessThan(CHANNEL_COUNT);
    expect(SPOKEN_CHANNELS).toContain(name);
  });
});

test('channels fit the masks in which records keep them', () => {
  // decision-record-codec.ts has 15 bits for those that nobody served, and 15 for those that failed.
  expect(CHANNELS.length).toBeLessThanOrEqual(15);
});
