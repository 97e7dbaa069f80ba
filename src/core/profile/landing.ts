/**
 * What a click on a link in a message leaves. At the browser: whose it is for now. At the customer: which messages have identified a
 * browser already. See event/landing-token.ts.
 */
import type { CustomerId } from '../../base/brand.ts';
import { BOUNDS } from '../bounds.ts';
import type { ChoiceRef, ProvisionalFact, TokenSpentFact } from '../fact/fact.ts';
import type { SpentToken } from './linked-browser.ts';
import type { Profile } from './profile.ts';

/** Whom the browser stands for at `now`; undefined: nobody but itself. */
export function standsFor({ provisional }: Profile, now: number): CustomerId | undefined {
  return provisional !== undefined && now < provisional.until ? provisional.to : undefined;
}

export function foldProvisional(profile: Profile, { to, at, until }: ProvisionalFact): void {
  profile.provisional = { to, at, until };
}

export function foldTokenSpent(profile: Profile, { ref, browser, at }: TokenSpentFact): void {
  profile.spentTokens = [...remembered(profile, at), { ...ref, browser, at }].slice(-BOUNDS.spentTokens);
}

/** Those of which the token would still identify somebody. */
export function remembered({ spentTokens }: Profile, now: number): readonly SpentToken[] {
  return spentTokens.filter(({ at }) => now - at < BOUNDS.tokenMs);
}

export function findSpent({ spentTokens }: Profile, ref: ChoiceRef): SpentToken | undefined {
  return spentTokens.find(
    ({ seq, index, choice }) => seq === ref.seq && index === ref.index && choice === ref.choice,
  );
}

/** What both have spent; of one message the earlier. */
export function uniteSpentTokens(into: Profile, from: Profile): void {
  const others = from.spentTokens.filter((spent) => findSpent(into, spent) === undefined);
  if (others.length === 0) return;
  into.spentTokens = [...into.spentTokens, ...others]
    .sort((a, b) => a.at - b.at || a.seq - b.seq || a.index - b.index || a.choice - b.choice)
    .slice(-BOUNDS.spentTokens);
}
