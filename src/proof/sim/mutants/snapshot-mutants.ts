/** Bugs of a snapshot store, or of who writes to it. */
import { decodeProfile, encodeProfile } from '../../../codec/stored/profile-codec.ts';
import { decodeShardState, encodeShardState } from '../../../codec/stored/shard-state-codec.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import type { FactLog } from '../../../port/fact-log.ts';
import type { SnapshotStore } from '../../../port/snapshot-store.ts';
import type { Mutant, MutantTools } from '../mutant.ts';
import { methods } from './log-mutants.ts';

/** Profiles are saved while their facts are still on the way to the log. */
const uncommittedSaved: Mutant = {
  name: 'snapshot of uncommitted state',
  log: (log: FactLog, { shards }: MutantTools) => ({
    ...methods(log),
    append: (shard, expectedLast, bytes) => {
      const appended = log.append(shard, expectedLast, bytes);
      const owner = shards()?.[shard];
      if (owner?.phase === 'appending') {
        Object.defineProperty(owner, 'isIdle', { value: true, configurable: true });
        for (const actor of owner.actors.all.values()) if (actor.dirty) owner.writer.dirty(actor);
        owner.writer.begin(owner.runtime.clock.now());
        Reflect.deleteProperty(owner, 'isIdle');
      }
      return appended;
    },
  }),
};

/** The store takes any batch, whatever came before it, and gives out any row. */
const countersIgnored: Mutant = {
  name: 'snapshot counters ignored',
  farSnapshots: (store) => ({
    ...stores(store),
    get: (shard, id) => store.get(shard, id),
    due: (shard, from, to, limit) => store.due(shard, from, to, limit),
    members: (shard, audience, after, limit) => store.members(shard, audience, after, limit),
    write: async (shard, puts, expectedCounter) => {
      await store.write(shard, puts, (await counterOf(store, shard)) ?? 0);
      return expectedCounter + 1;
    },
    checkpoint: async (shard, checkpoint) =>
      store.checkpoint(shard, { ...checkpoint, counter: (await counterOf(store, shard)) ?? 0 }),
  }),
};

/** One row of a batch is lost, and the batch confirmed. */
const putDropped: Mutant = {
  name: 'snapshot put dropped',
  farSnapshots: (store, rng) => ({
    ...stores(store),
    write: (shard, puts, expectedCounter) =>
      store.write(shard, rng.float() < 0.3 ? puts.slice(1) : puts, expectedCounter),
  }),
};

/** A checkpoint claims more than the snapshots hold. */
const checkpointAhead: Mutant = {
  name: 'checkpoint ahead of the snapshots',
  snapshots: (store, { shards }) => ({
    ...stores(store),
    checkpoint: (shard, checkpoint) =>
      store.checkpoint(shard, {
        ...checkpoint,
        sequence: Math.max(checkpoint.sequence, shards()?.[shard]?.sequence ?? 0),
      }),
  }),
};

/** What waits for a channel is not in the checkpoint, and the log behind it tells only of what was decided since. */
const outboxLost: Mutant = {
  name: 'outbox left out of the checkpoint',
  snapshots: (store) => ({
    ...stores(store),
    checkpoint: (shard, checkpoint) => {
      const state = encodeShardState({ ...decodeShardState(checkpoint.state), outbox: [] });
      return store.checkpoint(shard, { ...checkpoint, state });
    },
  }),
};

/** A saved profile has lost the ids of the requests that it has seen. */
const dedupeForgotten = altered('ids forgotten with the snapshot', (profile) => {
  for (const seen of [profile.seenEvents, profile.seenFeedback, profile.seenDecides]) seen.length = 0;
});

/** A saved profile has lost what the customer bought. */
const suppressionLost = altered('purchases forgotten with the snapshot', (profile) => {
  // What is owned is made of the orders.
  profile.orders.length = 0;
  profile.owned.length = 0;
});

/** A saved profile has lost what the customer was sent. */
const contactsLost = altered('contacts forgotten with the snapshot', (profile) => {
  profile.contacts.clear();
});

export const SNAPSHOT_MUTANTS: readonly Mutant[] = [
  uncommittedSaved,
  countersIgnored,
  putDropped,
  checkpointAhead,
  outboxLost,
  dedupeForgotten,
  suppressionLost,
  contactsLost,
];

/** What is read back is not quite what was written. */
function altered(name: string, change: (profile: Profile) => void): Mutant {
  return {
    name,
    snapshots: (store) => ({
      ...stores(store),
      get: (...args) => {
        const alter = (row: Awaited<ReturnType<SnapshotStore['get']>>) => {
          if (row === undefined) return undefined;
          const profile = decodeProfile(row.bytes);
          change(profile);
          return { ...row, bytes: encodeProfile(profile) };
        };
        const row = store.get(...args);
        return row instanceof Promise ? row.then(alter) : alter(row);
      },
    }),
  };
}

async function counterOf(store: SnapshotStore, shard: number): Promise<number | undefined> {
  return store.load(shard).then(
    ({ counter }) => counter,
    () => undefined,
  );
}

/** The store as it is, to be spread into a mutant. */
export function stores(store: SnapshotStore): SnapshotStore {
  return {
    get: (...args) => store.get(...args),
    write: (shard, puts, expectedCounter) => store.write(shard, puts, expectedCounter),
    checkpoint: (shard, checkpoint) => store.checkpoint(shard, checkpoint),
    load: (shard) => store.load(shard),
    due: (...args) => store.due(...args),
    members: (...args) => store.members(...args),
    scan: (shard, after, limit) => store.scan(shard, after, limit),
    ids: (shard, after, limit) => store.ids(shard, after, limit),
    clear: (shard, above) => store.clear(shard, above),
    count: (shard) => store.count(shard),
    close: () => store.close(),
  };
}
