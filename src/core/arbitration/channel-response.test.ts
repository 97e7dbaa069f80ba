import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { MINUTE_MS } from '../../base/clock.ts';
import { channelIndex } from '../channel.ts';
import { channelStatsOf } from '../profile/channel-stats.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import { engagementRate, reachRate } from './channel-response.ts';

const NOW = Date.UTC(2026, 2, 3, 10);
const onsite = channelIndex('onsite');

function seenOn(channel: string, minutesAgo: number) {
  const profile = emptyProfile(branded<CustomerId>('x'), branded<IdentifierKey>('loyalty:x'));
  channelStatsOf(profile, channelIndex(channel)).lastSeenAt = NOW - minutesAgo * MINUTE_MS;
  return profile;
}

test.each(['web', 'app', 'onsite'])(
  'a message on the page reaches the customer who was just seen on %s',
  (channel) => {
    expect(reachRate(0.1, seenOn(channel, 0), onsite, false, NOW)).toBeCloseTo(0.5, 6);
    expect(reachRate(0.1, seenOn(channel, 10), onsite, false, NOW)).toBeCloseTo(0.25, 6);
  },
);

test('a message on the page does not reach the customer who left long ago, or was in a store', () => {
  expect(reachRate(0.1, seenOn('web', 600), onsite, false, NOW)).toBe(0.1);
  expect(reachRate(0.1, seenOn('store', 0), onsite, false, NOW)).toBe(0.1);
});

test('being on the web says nothing of e-mail', () => {
  expect(reachRate(0.1, seenOn('web', 0), channelIndex('email'), false, NOW)).toBe(0.1);
});

test('an ad network that asks has nobody there: its reach is that of exposures and answers', () => {
  const ads = channelIndex('ads');
  expect(reachRate(0.02, seenOn('ads', 0), ads, true, NOW)).toBe(0.02);
  const profile = seenOn('ads', 0);
  channelStatsOf(profile, ads).sends = 94;
  channelStatsOf(profile, ads).clicks = 1;
  const engaged = engagementRate(0.1, profile, ads);
  expect(engaged).toBeCloseTo(1.6 / 100, 9);
  expect(reachRate(engaged, profile, ads, true, NOW)).toBe(engaged);
});
