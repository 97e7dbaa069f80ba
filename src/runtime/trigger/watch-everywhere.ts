import type { Profile } from '../../core/profile/profile.ts';
import type { Changed } from '../../port/customers.ts';
import type { Engine } from '../engine.ts';

/**
 * Tells of changes of a customer id, whichever node commits them; undefined: there are too many watchers. `read` shows the customer as they are now: where changes may
 * have been missed, what is later than all that was told is told without its causes.
 */
export function watchEverywhere(
  { runtime, remote }: Pick<Engine, 'runtime' | 'remote'>,
  id: string,
  changed: Changed,
  read: (view: (profile: Profile) => void) => Promise<unknown>,
): (() => void) | undefined {
  if (remote === undefined) return runtime.watchers.watch(id, changed);
  let told: { readonly id: string; readonly version: number } | undefined;
  let isOver = false;
  const tell: Changed = (profile, causes) => {
    if (isOver) return;
    told = { id: profile.id, version: profile.version };
    changed(profile, causes);
  };
  const look = (): void =>
    void read((profile) => {
      if (told?.id !== profile.id || profile.version > told.version) tell(profile, []);
    });
  const stop = runtime.watchers.watch(id, tell);
  if (stop === undefined) return undefined;
  const stopRemote = remote.watch(id, tell, look);
  return () => {
    isOver = true;
    stop();
    stopRemote();
  };
}
