import type { Profile } from '../profile/profile.ts';

/** Whether the ad platform can be told who they are. */
export function hasKeyOf({ identifiers }: Profile, kinds: readonly string[]): boolean {
  return identifiers.some(({ kind }) => kinds.includes(kind));
}
