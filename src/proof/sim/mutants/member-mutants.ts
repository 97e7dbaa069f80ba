/** Bugs of a node as a member of a deployment: its lease, the map, and what it takes over with a shard. */
import { decodeRecord, encodeRecord } from '../../../codec/stored/record-codec.ts';
import type { Fact } from '../../../core/fact/fact.ts';
import type { ShardMap } from '../../../port/membership.ts';
import type { Snapshot } from '../../../port/snapshot-store.ts';
import type { Mutant } from '../mutant.ts';
import { methods } from './log-mutants.ts';
import { stores } from './snapshot-mutants.ts';

const SLOW_MS = 1_000;

/** A store of members that takes its time, so that a node that was stopped hears late that it was taken for dead. What is right stays right. */
const slowly: NonNullable<Mutant['members']> = (members, { after }) => ({
  read: () => members.read(),
  join: (row) => members.join(row),
  renew: async (row, revision) => {
    await new Promise<void>((resolve) => after(SLOW_MS, resolve));
    return members.renew(row, revision);
  },
  remove: (id, revision) => members.remove(id, revision),
  writeMap: (map, revision) => members.writeMap(map, revision),
  onMap: (changed) => members.onMap(changed),
});

/** A process that was stopped past its lease answers from its memory. */
const zombieAnswers: Mutant = {
  name: 'zombie that answers',
  isDeployed: true,
  members: slowly,
  mayAnswer: true,
};

/** The map is read once, and believed for good. */
const firstMap: Mutant = {
  name: 'first map believed for good',
  isDeployed: true,
  members: (members) => {
    let first: ShardMap | undefined;
    return {
      read: async () => {
        const read = await members.read();
        first ??= read.map;
        return { ...read, map: first };
      },
      join: (row) => members.join(row),
      renew: (row, revision) => members.renew(row, revision),
      remove: (id, revision) => members.remove(id, revision),
      writeMap: (map, revision) => members.writeMap(map, revision),
      onMap: (changed) => members.onMap(changed),
    };
  },
};

/** Who takes a shard over serves before the former owner's last record is folded. */
const servedTooEarly: Mutant = {
  name: 'served before the last record is folded',
  isDeployed: true,
  log: (log) => ({
    ...methods(log),
    read: async (shard, from, limit) => {
      const records = await log.read(shard, from, limit);
      const facts = records.map(({ bytes }) => decodeRecord(bytes).facts);
      const isTakenOver = facts.at(-1)?.some(({ kind }) => kind === 'fence');
      const last = facts.findLastIndex((held) => held.some((fact) => 'customer' in fact));
      if (!isTakenOver || last < 0) return records;
      return records.map((record, at) => {
        if (at !== last) return record;
        const { header, facts: held } = decodeRecord(record.bytes);
        return { ...record, bytes: encodeRecord(header, held.map(unsaid)) };
      });
    },
  }),
};

/** A node that gets a shard back goes on with the rows that it knows from when it had it last. */
const rowsRemembered: Mutant = {
  name: 'snapshots of an earlier ownership believed',
  isDeployed: true,
  snapshots: (store) => {
    const known = new Map<string, Snapshot | undefined>();
    return {
      ...stores(store),
      get: async (shard, id, batches) => {
        const key = `${shard} ${id}`;
        if (!known.has(key)) known.set(key, await store.get(shard, id, batches));
        return known.get(key);
      },
      write: (shard, puts, expectedCounter) => {
        for (const { id, seq, revision, due, bytes } of puts)
          known.set(
            `${shard} ${id}`,
            bytes.length === 0 ? undefined : { seq, revision, due, bytes: bytes.slice() },
          );
        return store.write(shard, puts, expectedCounter);
      },
    };
  },
};

/** Whatever stands where an append without acknowledgement was to go is taken for it. */
const anyRecordIsOwn: Mutant = {
  name: 'record of another taken for the own one',
  isDeployed: true,
  log: (log) => {
    const sent = new Map<string, Uint8Array>();
    return {
      ...methods(log),
      append: (shard, expectedLast, bytes) => {
        const key = `${shard}/${expectedLast + 1}`;
        // Of the fence that is to settle it nobody asks.
        if (!sent.has(key)) sent.set(key, bytes.slice());
        return log.append(shard, expectedLast, bytes);
      },
      get: async (shard, sequence) => sent.get(`${shard}/${sequence}`) ?? log.get(shard, sequence),
    };
  },
};

/** An append without acknowledgement is sent again, behind whatever stands there by now. */
const appendedBehind: Mutant = {
  name: 'unacknowledged append sent again behind it',
  isDeployed: true,
  log: (log) => ({
    ...methods(log),
    append: (shard, expectedLast, bytes) =>
      log.append(shard, expectedLast, bytes).catch(async (fault: unknown) => {
        const isUnknown = fault instanceof Error && 'outcome' in fault && fault.outcome === 'unknown';
        if (!isUnknown) throw fault;
        const { last } = await log.bounds(shard);
        await log.append(shard, last, bytes);
        throw fault;
      }),
  }),
};

export const MEMBER_MUTANTS: readonly Mutant[] = [
  zombieAnswers,
  firstMap,
  servedTooEarly,
  rowsRemembered,
  anyRecordIsOwn,
  appendedBehind,
];

/** In the place of a fact, so that all others keep their index. */
function unsaid(fact: Fact): Fact {
  if (!('customer' in fact)) return fact;
  return { kind: 'timer', customer: fact.customer, op: 'cancel', timer: 1, key: 'none', due: 0 };
}
