import { expect, test } from 'vitest';
import { nextAudienceVersion } from '../audience/audience-version.ts';
import { leavingChoice } from '../audience/leaving-choice.ts';
import { BOUNDS } from '../bounds.ts';
import { customer } from '../decide/shop.fixture.ts';
import type { AudienceLeftFact, Choice } from '../fact/fact.ts';
import {
  audiencesOf,
  enterAudience,
  foldAudienceLeft,
  membershipOf,
  partAudiences,
  uniteAudiences,
} from './audiences.ts';
import { AUDIENCE, type Profile } from './profile.ts';

const NOW = 1_772_532_000_000;
const ref = { seq: 7, index: 0, choice: 0 };

const AD: Choice = {
  ...{ placement: '', kind: 'treatment', row: 1, action: 'ad', variant: 'a', channel: 7, promotion: true },
  ...{ product: 'p', category: '', offer: undefined, content: undefined, propensity: 1, expectedValue: 1 },
  ...{ reason: 0, notAfter: 0, at: 0 },
};

function enter(profile: Profile, name: string, notAfter: number, now = NOW): number {
  const version = nextAudienceVersion(profile, name, now);
  const audience = { name, kinds: ['email_sha256'], version };
  enterAudience(profile, { ...AD, notAfter, audience }, ref);
  return version;
}

function leave(profile: Profile, name: string, now = NOW): AudienceLeftFact {
  const version = nextAudienceVersion(profile, name, now);
  const fact: AudienceLeftFact = {
    ...{ kind: 'audience-left', customer: profile.id, ref, action: 'ad', channel: 7, at: now },
    level: { name, kinds: ['email_sha256'], version, left: { member: profile.id, reason: 12 } },
  };
  foldAudienceLeft(profile, fact);
  return fact;
}

const endOf = (profile: Profile) => profile.timers.find(({ kind }) => kind === AUDIENCE)?.due;

test('the version of a change is the time, and above the last one where the clock has not moved or is behind', () => {
  const profile = customer();
  const versions = [
    enter(profile, 'a', NOW + 9),
    leave(profile, 'a').level.version,
    enter(profile, 'a', NOW + 9),
  ];
  expect(versions).toEqual([NOW, NOW + 1, NOW + 2]);
  expect(enter(profile, 'a', NOW + 9, NOW - 5_000)).toBe(NOW + 3);
  expect(enter(profile, 'a', NOW + 9, NOW + 50)).toBe(NOW + 50);
  // Another audience is another level.
  expect(enter(profile, 'b', NOW + 9)).toBe(NOW);
});

test('one timer stands at the first end, and none where nobody is in an audience', () => {
  const profile = customer();
  enter(profile, 'a', NOW + 900);
  enter(profile, 'b', NOW + 500);
  expect([endOf(profile), audiencesOf(profile)]).toEqual([NOW + 500, ['a', 'b']]);
  leave(profile, 'b');
  expect([endOf(profile), audiencesOf(profile)]).toEqual([NOW + 900, ['a']]);
  leave(profile, 'a');
  expect([endOf(profile), audiencesOf(profile)]).toEqual([undefined, []]);
});

test('of more audiences than are remembered those that ended give way, and their versions with them', () => {
  const profile = customer();
  for (let n = 0; n < BOUNDS.audiences; n++) enter(profile, `a${n}`, NOW + 9);
  leave(profile, 'a3');
  enter(profile, 'more', NOW + 9);
  expect(profile.audiences).toHaveLength(BOUNDS.audiences);
  expect(membershipOf(profile, 'a3')).toBeUndefined();
  expect(audiencesOf(profile)).toHaveLength(BOUNDS.audiences);
  // With the clock the next version is above the forgotten one all the same.
  expect(enter(profile, 'a3', NOW + 9, NOW + 1_000)).toBe(NOW + 1_000);
  expect(profile.audiences).toHaveLength(BOUNDS.audiences);
});

test('that somebody left is said for so long and no longer', () => {
  const choice = leavingChoice(leave(customer(), 'a'));
  expect([choice.notAfter, choice.audience?.left?.reason]).toEqual([NOW + BOUNDS.audienceLeftMs, 12]);
});

test('of two who are one the memberships of the other stay theirs, until the turn ends them', () => {
  const [into, from] = [customer('one'), customer('two')];
  enter(into, 'a', NOW + 9);
  enter(from, 'a', NOW + 9);
  enter(from, 'b', NOW + 9);
  leave(from, 'b');
  uniteAudiences(into, from);
  expect(into.audiences.map(({ member, audience }) => `${member} ${audience}`)).toEqual(['one a', 'two a']);
  expect(audiencesOf(into)).toEqual(['a']);
  const left = leave(into, 'a');
  foldAudienceLeft(into, { ...left, level: { ...left.level, left: { member: from.id, reason: 1 } } });
  expect(into.audiences.map(({ member, audience }) => `${member} ${audience}`)).toEqual(['one a']);
});

test('parted again, the one who was taken in enters above the version with which they left meanwhile', () => {
  const [taker, taken] = [customer(), customer()];
  enter(taken, 'a', NOW + 90_000, NOW + 7);
  const before = structuredClone(taken.audiences);
  // Their end, as the turn that took them in says it: our clock had not moved, or is behind.
  const left = Math.max(NOW + 7, NOW + 7 + 1);
  partAudiences(taker, [], [taken], NOW + 7);
  expect(audiencesOf(taken)).toEqual([]);
  expect(enter(taken, 'a', NOW + 90_000, NOW + 7)).toBeGreaterThan(left);
  Object.assign(taken, { audiences: before });
  partAudiences(taker, [], [taken], NOW + 60_000);
  expect(enter(taken, 'a', NOW + 90_000, NOW)).toBeGreaterThan(NOW + 60_000);
});
