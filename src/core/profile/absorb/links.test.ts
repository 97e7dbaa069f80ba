import { expect, test } from 'vitest';
import { branded, type IdentifierKey } from '../../../base/brand.ts';
import { BOUNDS } from '../../bounds.ts';
import { addresseeOf } from '../../identity/customer.ts';
import { emptyProfile, NO_TRAIL } from '../empty-profile.ts';
import type { Profile } from '../profile.ts';
import { keepApart } from './kept-apart.ts';
import { addLink, endLinks, noteTrail } from './links.ts';

const keyOf = (n: number): IdentifierKey => branded<IdentifierKey>(`anonymous:a${n}`);

function anna(): Profile {
  const { id, key } = addresseeOf('crm', 'anna');
  return emptyProfile(id, key);
}

function link(profile: Profile, n: number): void {
  addLink(profile, { key: keyOf(n), seq: n, index: 0, inSeq: n, at: n, isUndone: false }, n);
}

test('of links the last ones can be undone, and the trail begins with the oldest of them', () => {
  const profile = anna();
  for (let n = 1; n <= BOUNDS.links + 3; n++) link(profile, n);
  expect(profile.links.map(({ seq }) => seq)).toEqual(Array.from({ length: BOUNDS.links }, (_, i) => i + 4));
  expect(profile.trail[0]).toBe(4);
  expect(profile.trail).toHaveLength(BOUNDS.links);
});

test('a link for whose records there is no room can not be undone any more', () => {
  const profile = anna();
  link(profile, 1);
  link(profile, 10);
  for (let seq = 11; seq < BOUNDS.trail + 9; seq++)
    for (let facts = 0; facts < 2; facts++) noteTrail(profile, seq);
  expect([profile.links.length, profile.trail.length, profile.trail[0]]).toEqual([2, BOUNDS.trail, 1]);
  noteTrail(profile, BOUNDS.trail + 9);
  expect([profile.links.length, profile.trail.length, profile.trail[0]]).toEqual([1, BOUNDS.trail, 10]);
  noteTrail(profile, BOUNDS.trail + 10);
  expect([profile.links, profile.trail]).toEqual([[], NO_TRAIL]);
});

test('what is over is dropped with its part of the trail', () => {
  const profile = anna();
  link(profile, 1);
  link(profile, 5);
  endLinks(profile, BOUNDS.estateMs + 1);
  expect([profile.links.map(({ seq }) => seq), profile.trail]).toEqual([[5], [5]]);
  endLinks(profile, BOUNDS.estateMs + 5);
  expect([profile.links, profile.trail]).toEqual([[], []]);
});

test('of keys that are kept apart the last ones are remembered', () => {
  const profile = anna();
  for (let n = 0; n < BOUNDS.keptApart + 4; n++) keepApart(profile, [keyOf(n)]);
  expect(profile.keptApart).toHaveLength(BOUNDS.keptApart);
  expect(profile.keptApart[0]?.key).toBe(keyOf(4));
});
