/** Who is called when what outlives a memory adapter changes: the adapters of one storage stand for nodes that share a store. */
import type { Follow } from '../../port/follow.ts';

const ofStorage = new WeakMap<object, Set<() => void>>();

export function followerOf(storage: object): Follow {
  return (changed) => {
    const followers = ofStorage.get(storage) ?? new Set();
    ofStorage.set(storage, followers);
    // One that follows twice is called twice.
    const follower = (): void => changed();
    followers.add(follower);
    return () => void followers.delete(follower);
  };
}

export function tellFollowers(storage: object): void {
  for (const follower of ofStorage.get(storage) ?? []) follower();
}
