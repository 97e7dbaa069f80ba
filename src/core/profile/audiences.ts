/**
 * The audiences of ad platforms that a customer is in, with what their ad says, and those that they were in last. Rows are never changed
 * once made.
 *
 * I1  A row a member and audience, oldest change first. Those that ended are kept for their version: the next one is above it.
 * I2  At most BOUNDS.audiences of the customer's own; those that ended give way first.
 * I3  A row of another member is that of a customer whom this one absorbed. The turn that absorbs ends it (audience/why-left.ts).
 */
import { BOUNDS } from '../bounds.ts';
import type { AudienceLeftFact, Choice, ChoiceRef } from '../fact/fact.ts';
import { type Membership, NO_AUDIENCES } from './membership.ts';
import { AUDIENCE, type Profile } from './profile.ts';
import { removeTimer, setTimer } from './timers.ts';

/** The customer's own row of an audience; undefined: they were never in it, or it is long ago. */
export function membershipOf({ id, audiences }: Profile, name: string): Membership | undefined {
  return audiences.find(({ member, audience }) => audience === name && member === id);
}

/** Names of the audiences that the customer is in. */
export function audiencesOf({ id, audiences }: Profile): readonly string[] {
  if (audiences.length === 0) return NO_NAMES;
  return audiences.flatMap(({ member, audience, choice }) =>
    choice !== undefined && member === id ? [audience] : [],
  );
}
const NO_NAMES: readonly string[] = [];

/** A decision put the customer into an audience, or gave their ad another content. */
export function enterAudience(profile: Profile, choice: Choice, ref: ChoiceRef): void {
  if (choice.audience === undefined) return;
  const { name, version } = choice.audience;
  const row = { member: profile.id, audience: name, version, ref, choice };
  setRow(profile, row, true);
}

export function foldAudienceLeft(profile: Profile, { level, ref }: AudienceLeftFact): void {
  const { name, version, left } = level;
  const row = { member: left.member, audience: name, version, ref, choice: undefined };
  setRow(profile, row, left.member === profile.id);
}

function setRow(profile: Profile, row: Membership, isKept: boolean): void {
  const rows = profile.audiences.filter(
    ({ member, audience }) => member !== row.member || audience !== row.audience,
  );
  if (isKept) rows.push(row);
  // I2
  while (rows.length > BOUNDS.audiences) {
    const ended = rows.findIndex(({ choice }) => choice === undefined);
    rows.splice(Math.max(0, ended), 1);
  }
  profile.audiences = rows.length === 0 ? NO_AUDIENCES : rows;
  armEnd(profile);
}

/** The customer takes another one in, whose memberships end (I3). */
export function uniteAudiences(into: Profile, from: Profile): void {
  const others = from.audiences.filter(({ choice }) => choice !== undefined);
  if (others.length > 0) into.audiences = [...into.audiences, ...others];
}

/**
 * Of two who are parted again at `at` the one who took the other in is in what the channel system knows (`known`), and the other in nothing, since
 * they left when they were taken in: with a version of that time, above which the next one has to be.
 */
export function partAudiences(
  own: Profile,
  known: readonly Membership[],
  others: readonly Profile[],
  at: number,
): void {
  own.audiences = known.filter(({ member }) => member === own.id);
  armEnd(own);
  for (const other of others) {
    other.audiences = other.audiences.map((row) =>
      row.choice === undefined ? row : { ...row, choice: undefined, version: Math.max(row.version + 1, at) },
    );
    armEnd(other);
  }
}

/** One timer, at the first end. */
function armEnd(profile: Profile): void {
  let end = Number.POSITIVE_INFINITY;
  for (const { choice } of profile.audiences) if (choice !== undefined) end = Math.min(end, choice.notAfter);
  if (end < Number.POSITIVE_INFINITY) setTimer(profile, AUDIENCE, '', end);
  else removeTimer(profile, AUDIENCE, '');
}
