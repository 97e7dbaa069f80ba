import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { consentAt } from '../../core/profile/consent.ts';
import {
  type ConsentProof,
  type ConsentTelling,
  proofAt,
  proofsOf,
} from '../../core/profile/consent-proof.ts';
import { readCounter } from '../../core/profile/counter.ts';
import { type Affinity, COUNTERS, type Profile } from '../../core/profile/profile.ts';
import { instant } from './instant.ts';

const AFFINITY_HALF_LIFE_MS = 30 * 86_400_000;

/** All counters, decayed to `asOf`. */
export function counterMessages(profile: Profile, asOf: number) {
  return COUNTERS.map((name, counter) => ({
    name,
    halfLife5m: readCounter(profile, counter, 0, asOf),
    halfLife1h: readCounter(profile, counter, 1, asOf),
    halfLife1d: readCounter(profile, counter, 2, asOf),
    halfLife14d: readCounter(profile, counter, 3, asOf),
  }));
}

/** All affinities, decayed to `asOf`, the heaviest first in each dimension. */
export function affinityMessages(profile: Profile, asOf: number) {
  return [
    ...oneDimension('category', profile.categories, asOf),
    ...oneDimension('brand', profile.brands, asOf),
    ...oneDimension('size', profile.sizes, asOf),
    ...oneDimension('channel', profile.channels, asOf),
    ...oneDimension('hour', profile.hours, asOf),
    ...oneDimension('discount', profile.discounts, asOf),
  ];
}

/** What is known of the customer's consent; channels and purposes of which nothing is known are left out. */
export function consentMessages(profile: Profile) {
  const proofs = proofsOf(profile.consentProofs);
  return CHANNELS.flatMap((channel, c) =>
    PURPOSES.flatMap((purpose, p) => {
      const place = c * PURPOSES.length + p;
      const word = profile.consent[place] ?? 0;
      if (word === 0) return [];
      const said = { channel, purpose, granted: word > 0, saidAt: instant(consentAt(word)) };
      const proof = proofAt(proofs, place);
      return [proof === undefined ? said : { ...said, ...proofMessage(proof) }];
    }),
  );
}

/** Yeses that wait for their confirmation at `asOf`. */
export function requestMessages({ consentRequests, consent }: Profile, asOf: number) {
  return consentRequests.flatMap(({ place, confirms, until, telling }) => {
    if (confirms || until <= asOf || (consent[place] ?? 0) > 0) return [];
    const channel = CHANNELS[Math.floor(place / PURPOSES.length)] ?? '';
    const purpose = PURPOSES[place % PURPOSES.length] ?? '';
    return [{ channel, purpose, until: instant(until), ...tellingMessage(telling) }];
  });
}

function proofMessage({ way, confirmed, ...telling }: ConsentProof) {
  const said = { toldBy: way, ...tellingMessage(telling) };
  if (confirmed === undefined) return said;
  const { at, heardAt, source, id, words } = confirmed;
  return {
    ...said,
    confirmedAt: instant(at > heardAt ? heardAt : at),
    confirmedBy: source,
    confirmedId: id,
    confirmedProof: words.proof,
  };
}

function tellingMessage({ source, id, channel, at, heardAt, words }: ConsentTelling) {
  return {
    saidAt: instant(at > heardAt ? heardAt : at),
    source,
    proofId: id,
    saidOn: CHANNELS[channel] ?? '',
    heardAt: instant(heardAt),
    ...words,
  };
}

/** The channels on which there was anything. */
export function channelMessages(profile: Profile) {
  return CHANNELS.flatMap((channel, c) => {
    const stats = profile.channelStats[c];
    if (stats === undefined) return [];
    return [
      {
        channel,
        sends: Math.round(stats.sends),
        opens: Math.round(stats.opens),
        clicks: Math.round(stats.clicks),
        bounces: Math.round(stats.bounces),
        lastSentAt: instant(stats.lastSentAt),
        lastOpenAt: instant(stats.lastOpenAt),
        lastSeenAt: instant(stats.lastSeenAt),
        unsubscribedAt: instant(stats.unsubscribedAt),
        complainedAt: instant(stats.complainedAt),
      },
    ];
  });
}

function oneDimension(dimension: string, affinity: Affinity, asOf: number) {
  const decay = 2 ** (-Math.max(0, asOf - affinity.at) / AFFINITY_HALF_LIFE_MS);
  return affinity.keys
    .map((key, at) => ({ dimension, key, weight: (affinity.weights[at] ?? 0) * decay }))
    .sort((a, b) => b.weight - a.weight);
}
