/** One shard of a verification: its records folded again in order, and what is stored beside them compared on the way. */
import { decodeRecord } from '../codec/stored/record-codec.ts';
import { decodeShardState } from '../codec/stored/shard-state-codec.ts';
import { CatalogColumns } from '../core/catalog/catalog-columns.ts';
import { revisionAt } from '../core/core-revision.ts';
import type { CustomerFact, Fact } from '../core/fact/fact.ts';
import { fold } from '../core/profile/fold.ts';
import { profileFrom } from '../core/profile/profile-from.ts';
import { isLostPlace } from '../node/fill-lost.ts';
import { furtherAhead } from '../node/log-clock.ts';
import { recordsOf } from '../node/open-directory.ts';
import { PortError } from '../port/port-error.ts';
import type { Checkpoint, Snapshot } from '../port/snapshot-store.ts';
import { OutcomeCheck } from './outcome-check.ts';
import { compareCopies, ImageRows, SNAPSHOT } from './stored-copies.ts';
import { differ, type Known, type VerifyContext } from './verify-context.ts';
import { compareDecision, compareHandOver, compareOutcome } from './verify-decision.ts';

const PAGE = 512;

/** What is read before the records: who saves meanwhile saves more, never less. */
interface Beside {
  readonly checkpoint: Checkpoint | undefined;
  readonly images: ImageRows;
  /** End of the log. */
  readonly last: number;
}

/** Throws PortError: `corrupt` for a place behind which nothing can be verified. */
export async function verifyShard(context: VerifyContext, shard: number): Promise<void> {
  const { stores, verified } = context;
  const beside = await lookBeside(context, shard);
  const known = new Map<string, Known>();
  const catalog = new CatalogColumns();
  const outcomes = new OutcomeCheck(stores, context.policies, shard);
  let epoch = 0;
  let first = true;
  let isLossTold = false;
  // Without a record there may still have been some.
  let whole = (await stores.log.bounds(shard)).first === 1;
  let revision = 0;
  /** Of the policy in force. */
  let version = '';
  for await (const { sequence, bytes } of recordsOf(stores, shard, { last: beside.last })) {
    if (first) {
      whole = sequence === 1;
      if (!whole) revision = savedRevision(beside.checkpoint, sequence);
    }
    first = false;
    const record = decodeRecord(bytes);
    // A dead owner's late append: behind a newer fence it never counted.
    if (record.header.epoch < epoch) continue;
    epoch = record.header.epoch;
    if (isLostPlace(record.facts)) {
      // What was lost may have been about anybody.
      if (!isLossTold) verified.findings.push(lossSentence(shard, sequence));
      isLossTold = true;
      whole = false;
      for (const entry of known.values()) entry.doubtful = true;
    }
    const written = { shard, sequence, at: record.header.at };
    context.clock.ahead = furtherAhead(context.clock.ahead, written, context.clock.now);
    for (let index = 0; index < record.facts.length; index++) {
      const fact = record.facts[index] as Fact;
      verified.facts++;
      if (fact.kind === 'adopted' && fact.edition === 'core') revision = Number(fact.version);
      if (fact.kind === 'adopted' && fact.edition === 'policy') version = fact.version;
      if (!('customer' in fact)) continue;
      if (whole && revision === 0) {
        differ(context, `shard ${shard} record ${sequence}: no core revision was adopted before it`);
        // Once a shard is enough.
        revision = Number.NaN;
      }
      const entry = await knownOf(context, known, shard, fact, { images: beside.images, doubtful: !whole });
      if (entry === undefined) continue;
      compareCopies(context, entry, sequence - 1);
      if (!context.carried.has(revision)) entry.foreign = true;
      if (entry.foreign) {
        if (fact.kind === 'decision') verified.skipped++;
        continue;
      }
      if (fact.kind === 'decision') {
        outcomes.decided(sequence, bytes);
        const { generation } = record.header;
        await compareDecision(context, { generation, shard, seq: sequence, index }, fact, entry, catalog);
      } else if (fact.kind === 'outcome') await compareOutcome(context, outcomes, fact, entry, sequence);
      else if (fact.kind === 'handed')
        await compareHandOver(context, { fact, sequence, version }, outcomes, entry, catalog);
      fold(entry.profile, fact, sequence, index);
      entry.revision = revision;
    }
  }
  for (const entry of known.values()) {
    compareCopies(context, entry, context.isLive ? beside.last : Number.MAX_SAFE_INTEGER);
    expectSaved(context, shard, entry, beside.checkpoint);
  }
  verified.customers += known.size;
  for (const { incomplete } of known.values()) if (incomplete) verified.incomplete++;
  if (whole) await lookForStrangers(context, shard, known, beside);
}

async function lookBeside(context: VerifyContext, shard: number): Promise<Beside> {
  const { stores, verified } = context;
  // Who opens a directory has said so already.
  const tell = (sentence: string): void => void (context.isLive && verified.findings.push(sentence));
  const checkpoint = await checkpointOf(stores.snapshots, shard, verified.findings);
  // Before the end of the log is asked for, which goes at least as far as they do.
  const heads = await stores.images.list(shard);
  const bounds = await stores.log.bounds(shard);
  const { last } = bounds;
  if (checkpoint !== undefined && checkpoint.sequence > last)
    tell(
      `the checkpoint of shard ${shard} is of record ${checkpoint.sequence}, and its log ends at record ${last}: the log lost records`,
    );
  return { checkpoint, images: await ImageRows.read(stores, heads, bounds, tell), last };
}

/** Undefined: there is none, or it cannot be believed, which is told. */
async function checkpointOf(
  snapshots: VerifyContext['stores']['snapshots'],
  shard: number,
  findings: string[],
): Promise<Checkpoint | undefined> {
  try {
    return (await snapshots.load(shard)).checkpoint;
  } catch (fault) {
    tellDamage(findings, fault);
    return undefined;
  }
}

/** Throws what is no damage. */
function tellDamage(findings: string[], fault: unknown): void {
  if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
  if (!findings.includes(fault.message)) findings.push(fault.message);
}

function lossSentence(shard: number, sequence: number): string {
  return `shard ${shard}: records from ${sequence} on were lost, and a start with --accept-loss went on without them: customers of whom they told are not compared`;
}

/** The revision in force at a record behind those that retention dropped, as the checkpoint has it; 0: it is not known. */
function savedRevision(checkpoint: Checkpoint | undefined, sequence: number): number {
  return checkpoint === undefined ? 0 : revisionAt(decodeShardState(checkpoint.state).revisions, sequence);
}

async function knownOf(
  { stores, verified }: VerifyContext,
  known: Map<string, Known>,
  shard: number,
  fact: CustomerFact,
  { images, doubtful }: { readonly images: ImageRows; readonly doubtful: boolean },
): Promise<Known | undefined> {
  const found = known.get(fact.customer);
  if (found !== undefined) return found;
  const profile = profileFrom(fact);
  if (profile === undefined) return undefined;
  let snapshot: Snapshot | undefined;
  let isCorrupt = false;
  try {
    snapshot = await stores.snapshots.get(shard, fact.customer);
  } catch (fault) {
    tellDamage(verified.findings, fault);
    isCorrupt = true;
  }
  const copies = images.of(fact.customer);
  if (snapshot !== undefined) copies.push({ of: SNAPSHOT, ...snapshot });
  const savedAt = isCorrupt ? Number.MAX_SAFE_INTEGER : (snapshot?.seq ?? 0);
  const entry = { profile, copies, savedAt, doubtful, incomplete: false, revision: 0, foreign: false };
  known.set(fact.customer, entry);
  return entry;
}

/** Up to its checkpoint a shard has saved everybody: who is missing there would be taken for somebody new. */
function expectSaved(
  context: VerifyContext,
  shard: number,
  { profile, savedAt, doubtful, foreign }: Known,
  checkpoint: Checkpoint | undefined,
): void {
  // Who was forgotten has no row.
  if (checkpoint === undefined || doubtful || foreign || profile.version === 0) return;
  const { seq } = profile;
  if (seq > checkpoint.sequence || savedAt >= seq) return;
  const what = savedAt === 0 ? 'has no snapshot' : `has a snapshot of record ${savedAt}`;
  differ(
    context,
    `customer ${profile.id} ${what}, their last fact is in record ${seq}, and the checkpoint of shard ${shard} says that all is saved up to record ${checkpoint.sequence}`,
  );
}

/** What is stored of somebody of whom the log knows nothing was never appended. */
async function lookForStrangers(
  context: VerifyContext,
  shard: number,
  known: ReadonlyMap<string, Known>,
  { images, last }: Beside,
): Promise<void> {
  const tell = (id: string, what: string): void =>
    differ(context, `customer ${id}: there is ${what}, but no fact of theirs in shard ${shard}`);
  for (const { id, of } of images.ids()) if (!known.has(id)) tell(id, of);
  for (let after = ''; ; ) {
    const page = await context.stores.snapshots.scan(shard, after, PAGE);
    for (const row of page) {
      after = row.id;
      if (known.has(row.id) || (context.isLive && row.seq > last)) continue;
      tell(row.id, 'a snapshot');
    }
    if (page.length < PAGE) return;
  }
}
