// Long because it is one sequence, fence to fold to timers, with what goes wrong at each step beside it.
/**
 * How a shard comes to serve: a fence of its own in the log, then the fold of everything that the snapshots lack. The
 * same path after a restart, a takeover and a failed append.
 *
 * I1  The fence is appended by compare-and-set, so of two owners only one goes on.
 * I2  Behind a fence, records of older epochs are ignored: a dead owner's late append changes nothing.
 * I3  A store that lost a suffix is not believed: the shard is rebuilt from archive and log. A log that did is not served.
 * I4  A revision of the core that this code does not carry is not served, and a checkpoint that names one is not fenced.
 */

import type { CustomerId } from '../base/brand.ts';
import { decodeHeader, decodeRecord, encodeRecord } from '../codec/stored/record-codec.ts';
import { decodeShardState } from '../codec/stored/shard-state-codec.ts';
import { LIMITS } from '../config/limits.ts';
import type { CustomerFact, Fact } from '../core/fact/fact.ts';
import { BudgetLedger } from '../core/ledger/budget-ledger.ts';
import { emptyProfile } from '../core/profile/empty-profile.ts';
import { fold } from '../core/profile/fold.ts';
import { nextDue } from '../core/profile/next-due.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { LogRecord } from '../port/fact-log.ts';
import { PortError } from '../port/port-error.ts';
import type { Checkpoint } from '../port/snapshot-store.ts';
import { Actor } from './actor.ts';
import { profileOfSnapshot, requireCarried } from './carried-revision.ts';
import { isDamaged } from './is-damaged.ts';
import { Outbox } from './outbox.ts';
import type { Shard } from './shard.ts';

const FENCE_TRIES = 8;
/** Every customer that a batch saves was changed by a fact; a turn has at most 256 requests, a batch 256 customers. */
const BATCHES_PER_RECORD_MAX = 16;

/**
 * Opens a shard: fence, checkpoint, fold, timers. Throws PortError; nothing is served then. `live` turns false when the
 * shard was given up meanwhile, perhaps to be opened anew: then nothing of it is touched any more.
 */
export async function openShard(shard: Shard, live: () => boolean): Promise<void> {
  const { runtime } = shard;
  const start = await loadCheckpoint(shard, live);
  await appendFence(shard, start.sequence, live);
  let epoch = start.epoch;
  let from = start.sequence + 1;
  while (from <= shard.sequence) {
    const records = await readRecords(shard, from, LIMITS.recoveryBatchMax);
    stillWanted(shard, live);
    if (records.length === 0)
      throw new PortError('corrupt', `shard ${shard.id}: record ${from} is in neither log nor archive`);
    for (const record of records) {
      if (record.sequence !== from)
        throw new PortError(
          'corrupt',
          `shard ${shard.id}: record ${from} is missing, ${record.sequence} follows`,
        );
      epoch = await foldRecord(shard, record, epoch, live);
      from++;
    }
  }
  await loadWakeups(shard, runtime.clock.now());
}

function stillWanted(shard: Shard, live: () => boolean): void {
  if (live()) return;
  throw new PortError('unavailable', `shard ${shard.id} was given up while it was opened`, {
    outcome: 'nothing_written',
  });
}

interface Start {
  readonly sequence: number;
  readonly epoch: number;
}

/** Where the fold begins, with what the checkpoint holds taken over. */
async function loadCheckpoint(shard: Shard, live: () => boolean): Promise<Start> {
  const { snapshots, observer } = shard.runtime;
  try {
    const { checkpoint, counter } = await snapshots.load(shard.id);
    stillWanted(shard, live);
    shard.writer.counter = counter;
    if (checkpoint !== undefined) return takeOver(shard, checkpoint);
    // Snapshots without a checkpoint: a run was cut short; the fold skips what each of them has.
    if (counter > 0) return fromTheBeginning(shard);
  } catch (fault) {
    if (!isDamaged(fault)) throw fault;
    observer.fault(
      `shard ${shard.id}: the snapshots are not what the checkpoint says; rebuilding from archive and log`,
      fault,
    );
    observer.count('attune_shard_rebuilds_total', 1);
    stillWanted(shard, live);
  }
  return startAfresh(shard, live);
}

function takeOver(shard: Shard, checkpoint: Checkpoint): Start {
  const state = decodeShardState(checkpoint.state);
  const last = state.revisions.at(-1);
  if (last !== undefined) requireCarried(shard.runtime.revisions, shard.id, last.revision);
  shard.writer.checkpointed = checkpoint.sequence;
  shard.writer.checkpointEpoch = state.epoch;
  shard.outbox = new Outbox(state.outbox);
  shard.budgets = new BudgetLedger(state.budgets);
  for (const entry of state.outbox) shard.runtime.hub.opened(entry.choice.channel, 1);
  shard.adoptedPolicy = state.policy;
  shard.adoptedModel = state.model;
  shard.adoptedRevisions = state.revisions;
  return { sequence: checkpoint.sequence, epoch: state.epoch };
}

function fromTheBeginning(shard: Shard): Start {
  shard.writer.checkpointed = 0;
  shard.writer.checkpointEpoch = 0;
  return { sequence: 0, epoch: 0 };
}

/**
 * An empty store, for a shard that is new or whose snapshots are lost. What a former owner sent to the old one may still
 * arrive, so the counter begins where none has been: a record makes far fewer batches than BATCHES_PER_RECORD_MAX.
 */
async function startAfresh(shard: Shard, live: () => boolean): Promise<Start> {
  const { log, snapshots } = shard.runtime;
  const { last } = await log.bounds(shard.id);
  stillWanted(shard, live);
  if (last > 0) await snapshots.clear(shard.id, last * BATCHES_PER_RECORD_MAX);
  const { counter } = await snapshots.load(shard.id);
  stillWanted(shard, live);
  shard.writer.counter = counter;
  return fromTheBeginning(shard);
}

/** Throws `corrupt` when the log lacks what the checkpoint has: a fence in its place would make the loss look sound. */
async function appendFence(shard: Shard, checkpointed: number, live: () => boolean): Promise<void> {
  const { log, clock, node } = shard.runtime;
  for (let attempt = 0; attempt < FENCE_TRIES; attempt++) {
    const { last } = await log.bounds(shard.id);
    stillWanted(shard, live);
    if (last < checkpointed) {
      throw new PortError(
        'corrupt',
        `shard ${shard.id}: its log ends at record ${last}, and its checkpoint is of record ${checkpointed}: the log lost records; restore the data directory from its backup`,
      );
    }
    // A foreign fence behind this is a newer owner's.
    shard.sequence = last;
    shard.epoch = last + 1;
    const at = clock.now();
    const bytes = encodeRecord(shard.nextHeader(at), [{ kind: 'fence', node, at }]);
    try {
      await log.append(shard.id, last, bytes);
      stillWanted(shard, live);
      shard.sequence = last + 1;
      return;
    } catch (fault) {
      const raced = fault instanceof PortError && fault.kind === 'conflict';
      if (!raced) throw fault;
    }
  }
  throw new PortError('unavailable', `shard ${shard.id}: another writer keeps appending`, {
    outcome: 'nothing_written',
  });
}

/** Records from `from` on: the archive's where the log was trimmed. */
export async function readRecords(shard: Shard, from: number, limit: number): Promise<LogRecord[]> {
  const { log, archive } = shard.runtime;
  const { first } = await log.bounds(shard.id);
  if (from >= first) return log.read(shard.id, from, limit);
  const archived = await archive.read(shard.id, from, Math.min(limit, first - from));
  return archived;
}

async function foldRecord(
  shard: Shard,
  record: LogRecord,
  epoch: number,
  live: () => boolean,
): Promise<number> {
  const { header, facts } = decodeRecord(record.bytes, { columns: false });
  if (header.epoch < epoch) return epoch;
  for (let index = 0; index < facts.length; index++) {
    const fact = facts[index] as Fact;
    if (fact.kind === 'fence') continue;
    if (fact.kind === 'adopted') {
      shard.noteAdopted(fact, record.sequence);
      if (fact.edition === 'core') requireCarried(shard.runtime.revisions, shard.id, Number(fact.version));
      continue;
    }
    if (shard.adoptedRevisions.length === 0)
      throw new PortError(
        'corrupt',
        `shard ${shard.id}: record ${record.sequence} is about a customer, and no core revision was adopted before it`,
      );
    await foldCustomer(shard, fact, record.sequence, index, live);
    shard.foldOwn(fact, record.sequence, index);
  }
  shard.budgets.commit();
  // A fence is written under its own sequence as epoch.
  return header.epoch;
}

async function foldCustomer(
  shard: Shard,
  fact: CustomerFact,
  sequence: number,
  index: number,
  live: () => boolean,
): Promise<void> {
  const { customer } = fact;
  if (shard.residents.quarantined.has(customer)) return;
  let actor = shard.residents.get(customer);
  if (actor === undefined) {
    const loaded = await loadSnapshot(shard, customer);
    stillWanted(shard, live);
    if (loaded === 'damaged') return;
    const profile = loaded?.profile ?? profileOf(fact);
    if (profile === undefined) return;
    actor = new Actor(profile, loaded?.seq ?? 0);
    shard.residents.add(actor);
  }
  // The snapshot is newer than this fact.
  if (sequence <= actor.savedSeq) return;
  try {
    fold(actor.profile, fact, sequence, index);
    shard.writer.dirty(actor);
  } catch (fault) {
    shard.runtime.observer.fault(
      `shard ${shard.id}: record ${sequence} fact ${index} can not be folded`,
      fault,
    );
    shard.residents.quarantine(customer);
  }
}

/** Damaged bytes cost one customer, not the shard: she is quarantined. Throws PortError when the store fails. */
async function loadSnapshot(
  shard: Shard,
  customer: string,
): Promise<{ readonly profile: Profile; readonly seq: number } | undefined | 'damaged'> {
  try {
    const snapshot = await shard.runtime.snapshots.get(shard.id, customer, shard.writer.counter);
    if (snapshot === undefined) return undefined;
    return { profile: profileOfSnapshot(shard.runtime.revisions, snapshot), seq: snapshot.seq };
  } catch (fault) {
    if (!isDamaged(fault)) throw fault;
    shard.runtime.observer.fault(`shard ${shard.id}: the snapshot of a customer is damaged`, fault);
    shard.residents.quarantine(customer);
    return 'damaged';
  }
}

/** The first fact of a customer names her key. */
function profileOf(fact: CustomerFact): Profile | undefined {
  return fact.kind === 'event' || fact.kind === 'decision'
    ? emptyProfile(fact.customer, fact.key)
    : undefined;
}

/** The customer as snapshot and log say, without her actor; undefined when neither knows her. */
export async function rebuildCustomer(shard: Shard, id: string): Promise<Profile | undefined> {
  // The turn that broke her is still to be appended or dropped; what is durable then is what counts.
  while (shard.state === 'turning') await new Promise<void>((resolve) => shard.runtime.clock.soon(resolve));
  const { writer } = shard;
  // From the checkpoint on, since there it is known which epoch is in force.
  let from = writer.checkpointed + 1;
  let epoch = writer.checkpointEpoch;
  const snapshot = await shard.runtime.snapshots.get(shard.id, id, writer.counter);
  const saved = snapshot?.seq ?? 0;
  let profile = snapshot === undefined ? undefined : profileOfSnapshot(shard.runtime.revisions, snapshot);
  while (from <= shard.sequence) {
    const records = await readRecords(shard, from, LIMITS.recoveryBatchMax);
    if (records.length === 0) break;
    for (const record of records) {
      const { header, facts } = decodeRecord(record.bytes, { columns: false });
      from = record.sequence + 1;
      if (header.epoch < epoch) continue;
      epoch = header.epoch;
      if (record.sequence <= saved) continue;
      for (let index = 0; index < facts.length; index++) {
        const fact = facts[index] as Fact;
        if (!('customer' in fact) || fact.customer !== (id as CustomerId)) continue;
        profile ??= profileOf(fact);
        if (profile !== undefined) fold(profile, fact, record.sequence, index);
      }
    }
  }
  return profile;
}

/** Everybody who is due before the horizon, in memory. */
export async function loadWakeups(shard: Shard, now: number): Promise<void> {
  const { snapshots } = shard.runtime;
  const from = shard.wakeups.horizon;
  const horizon = now + LIMITS.timerHorizonMs;
  shard.wakeups.horizon = horizon;
  // Before the store is asked, since who is saved and dropped meanwhile is in neither answer.
  for (const actor of shard.residents.actors.values()) {
    const due = nextDue(actor.profile);
    if (due !== 0 && due >= from && shard.wakeups.add(due, actor.profile.id)) actor.wakeAt = due;
  }
  try {
    for (const { due, id } of await snapshots.due(shard.id, from, horizon, Number.MAX_SAFE_INTEGER)) {
      if (shard.residents.get(id) === undefined) shard.wakeups.add(due, id);
    }
  } catch (fault) {
    // Nothing was loaded: the next beat asks again. After a recovery the horizon is another one.
    if (shard.wakeups.horizon === horizon) shard.wakeups.horizon = from;
    throw fault;
  }
}

/**
 * After an append whose outcome is unknown: a fence of ours in its place proves that it can never land; a conflict
 * means that something is there, and its batch says whose. True: it is ours and durable. Throws `conflict` for a foreign owner.
 */
export async function settleUnknown(shard: Shard, bytes: Uint8Array): Promise<boolean> {
  const { log, clock, node } = shard.runtime;
  const at = clock.now();
  const ours = decodeHeader(bytes).batch;
  const fence = encodeRecord({ ...shard.nextHeader(at), epoch: shard.sequence + 1 }, [
    { kind: 'fence', node, at },
  ]);
  try {
    await log.append(shard.id, shard.sequence, fence);
    return false;
  } catch (fault) {
    if (!(fault instanceof PortError) || fault.kind !== 'conflict') throw fault;
  }
  const found = await log.get(shard.id, shard.sequence + 1);
  return found !== undefined && decodeHeader(found).batch === ours;
}

/** Whether somebody else fenced the shard behind `sequence`. Throws PortError. */
export async function foreignFence(shard: Shard, sequence: number): Promise<boolean> {
  for (let from = sequence + 1; ; ) {
    const records = await readRecords(shard, from, LIMITS.recoveryBatchMax);
    for (const record of records) {
      for (const fact of decodeRecord(record.bytes, { columns: false }).facts) {
        if (fact.kind === 'fence' && fact.node !== shard.runtime.node) return true;
      }
      from = record.sequence + 1;
    }
    if (records.length < LIMITS.recoveryBatchMax) return false;
  }
}
