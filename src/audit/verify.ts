// Long because the steps of one verification share what they know of each customer.
/**
 * `attune verify DIR`: folds the whole log again and compares with the snapshots; derives every decision, outcome and late content again from
 * the profile before it and compares bytes; runs the models that are kept again on the recorded features. Needs the log from its first record; what retention dropped is said, not guessed.
 * What a core revision decided or folded that this code does not carry is skipped, and counted.
 */

import { IntlZones } from '../adapter/intl/zones.ts';
import { decodeCatalogRecord } from '../codec/stored/catalog-codec.ts';
import { decodeProfile, encodeProfile } from '../codec/stored/profile-codec.ts';
import { decodeRecord, encodeRecord } from '../codec/stored/record-codec.ts';
import { decodeShardState } from '../codec/stored/shard-state-codec.ts';
import { CatalogColumns } from '../core/catalog/catalog-columns.ts';
import { CARRIED, revisionAt } from '../core/core-revision.ts';
import { DecisionDraft } from '../core/decide/decision-draft.ts';
import { type DecisionPlace, decisionId } from '../core/decide/decision-id.ts';
import { rederive } from '../core/explain/replay.ts';
import type { CustomerFact, DecisionFact, Fact, HandedFact, OutcomeFact } from '../core/fact/fact.ts';
import { fold } from '../core/profile/fold.ts';
import type { Profile } from '../core/profile/profile.ts';
import { profileFrom } from '../core/profile/profile-from.ts';
import { EditionPolicies } from '../node/edition-policies.ts';
import { isLostPlace } from '../node/fill-lost.ts';
import { type FutureRecord, furtherAhead, futureSentence } from '../node/log-clock.ts';
import { openDirectory, recordsOf } from '../node/open-directory.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { rescore } from '../node/rescore.ts';
import { scrubImages } from '../node/scrub.ts';
import { StoredModels } from '../node/stored-models.ts';
import type { Stores } from '../node/stores.ts';
import { PortError } from '../port/port-error.ts';
import type { Snapshot } from '../port/snapshot-store.ts';
import { firstDifference } from './first-difference.ts';
import { handOverDifference } from './hand-over-check.ts';
import { OutcomeCheck } from './outcome-check.ts';
import type { Verified } from './verified.ts';

const DIFFERENCES_SHOWN = 20;
const header = { generation: 0, epoch: 0, batch: '', at: 0 };

interface Context {
  readonly stores: Stores;
  readonly policies: EditionPolicies;
  /** The record furthest ahead of `now`. */
  readonly clock: { readonly now: number; ahead: FutureRecord | undefined };
  readonly zones: IntlZones;
  readonly draft: DecisionDraft;
  readonly models: StoredModels;
  readonly verified: Verified;
  readonly carried: ReadonlySet<number>;
}

interface Known {
  readonly profile: Profile;
  /** Compared once, when the fold reaches its sequence. */
  snapshot: Snapshot | undefined;
  /** Retention dropped the beginning of the shard's log, or records were lost: facts of the customer may have been in it. */
  doubtful: boolean;
  /** Facts of the customer were in it: the profile counts more of them than there are. */
  incomplete: boolean;
  /** Core revision of the last fact folded. */
  revision: number;
  /** A fact of theirs is of a revision that is not carried: what they were from then on cannot be known. */
  foreign: boolean;
}

/** Verifies a data directory that no service holds. Throws PortError and CommandError. */
export async function verifyDirectory(
  directory: string,
  progress: (done: number, of: number) => void = () => {},
): Promise<Verified> {
  const { stores, shards } = await openDirectory(directory, quietObserver);
  try {
    return await verifyStores(stores, { shards, progress });
  } finally {
    await stores.close();
  }
}

/** Verifies what stores hold that nobody writes to. `carried`: core revisions to derive again, default those of this code. */
export async function verifyStores(
  stores: Stores,
  options: {
    readonly shards: number;
    readonly carried?: ReadonlySet<number>;
    /** What is later than this lies in the future; default: this machine's clock. */
    readonly now?: number;
    readonly progress?: (done: number, of: number) => void;
  },
): Promise<Verified> {
  const { shards, carried = CARRIED, now = Date.now(), progress } = options;
  const verified: Verified = {
    facts: 0,
    decisions: 0,
    outcomes: 0,
    handOvers: 0,
    customers: 0,
    snapshots: 0,
    rescored: 0,
    different: 0,
    incomplete: 0,
    skipped: 0,
    future: '',
    findings: stores.findings.map(({ sentence }) => sentence),
    differences: [],
  };
  await scrubImages(stores, shards, (sentence) => void verified.findings.push(sentence));
  const models = new StoredModels(stores.editions);
  try {
    const context: Context = {
      stores,
      policies: new EditionPolicies(stores.editions, () => {}),
      zones: new IntlZones(),
      draft: new DecisionDraft(),
      models,
      verified,
      carried,
      clock: { now, ahead: undefined },
    };
    for (let shard = 0; shard < shards; shard++) {
      try {
        await verifyShard(context, shard);
      } catch (fault) {
        if (!isDamage(fault)) throw fault;
        if (!verified.findings.some((sentence) => sentence.startsWith(fault.message)))
          verified.findings.push(`${fault.message}; shard ${shard} is not verified from there on`);
      }
      progress?.(shard + 1, shards);
    }
    if (context.clock.ahead !== undefined) verified.future = futureSentence(context.clock.ahead, now);
  } finally {
    await models.close();
  }
  return verified;
}

function isDamage(fault: unknown): fault is Error {
  if (fault instanceof PortError) return fault.kind === 'corrupt';
  return fault instanceof Error && fault.name === 'StoredBytesError';
}

async function verifyShard(context: Context, shard: number): Promise<void> {
  const { stores, verified } = context;
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
  for await (const { sequence, bytes } of recordsOf(stores, shard)) {
    if (first) {
      whole = sequence === 1;
      if (!whole) revision = await savedRevision(stores, shard, sequence);
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
      const entry = await knownOf(context, known, shard, fact, !whole);
      if (entry === undefined) continue;
      compareSnapshot(context, entry, sequence - 1);
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
  for (const entry of known.values()) compareSnapshot(context, entry, Number.MAX_SAFE_INTEGER);
  verified.customers += known.size;
  for (const { incomplete } of known.values()) if (incomplete) verified.incomplete++;
  await lookForStrangers(context, shard, known, whole);
}

function lossSentence(shard: number, sequence: number): string {
  return `shard ${shard}: records from ${sequence} on were lost, and a start with --accept-loss went on without them: customers of whom they told are not compared`;
}

/** The revision in force at a record behind those that retention dropped, as the checkpoint has it; 0: it is not known. */
async function savedRevision({ snapshots }: Stores, shard: number, sequence: number): Promise<number> {
  const { checkpoint } = await snapshots.load(shard);
  return checkpoint === undefined ? 0 : revisionAt(decodeShardState(checkpoint.state).revisions, sequence);
}

async function knownOf(
  context: Context,
  known: Map<string, Known>,
  shard: number,
  fact: CustomerFact,
  doubtful: boolean,
): Promise<Known | undefined> {
  const found = known.get(fact.customer);
  if (found !== undefined) return found;
  const profile = profileFrom(fact);
  if (profile === undefined) return undefined;
  const snapshot = await context.stores.snapshots.get(shard, fact.customer);
  const entry = { profile, snapshot, doubtful, incomplete: false, revision: 0, foreign: false };
  known.set(fact.customer, entry);
  return entry;
}

/** Whether nothing can be said of a customer: by the profile's `version`, facts are missing that retention dropped. */
function isIncomplete(entry: Known, version: number): boolean {
  if (entry.doubtful && entry.profile.version < version) entry.incomplete = true;
  return entry.incomplete;
}

/** A snapshot holds everything up to its sequence: it is compared when the next fact would go beyond. */
function compareSnapshot(context: Context, entry: Known, upTo: number): void {
  const { snapshot, profile } = entry;
  if (snapshot === undefined || snapshot.seq > upTo || entry.foreign) return;
  entry.snapshot = undefined;
  const stored = decodeProfile(snapshot.bytes);
  if (isIncomplete(entry, stored.version)) return;
  context.verified.snapshots++;
  if (snapshot.revision !== entry.revision)
    differ(
      context,
      `customer ${profile.id}: the snapshot at record ${snapshot.seq} names core revision ${snapshot.revision}, in force was ${entry.revision}`,
    );
  const bytes = encodeProfile(profile);
  if (Buffer.compare(bytes, snapshot.bytes) === 0) return;
  const found = firstDifference(stored, decodeProfile(bytes));
  const what =
    found === undefined ? 'its bytes' : `${found.path}: ${found.before} stored, ${found.after} folded`;
  differ(
    context,
    `customer ${profile.id}: the snapshot at record ${snapshot.seq} (version ${stored.version}) is not the fold (${what})`,
  );
}

async function compareDecision(
  context: Context,
  place: DecisionPlace,
  fact: DecisionFact,
  entry: Known,
  catalog: CatalogColumns,
): Promise<void> {
  if (isIncomplete(entry, fact.profileVersion)) return;
  const { policies, zones, draft, models, verified } = context;
  verified.decisions++;
  const name = decisionId(place);
  const policy = await policies.parsed(fact.policy);
  if (policy === undefined)
    return differ(context, `decision ${name}: its policy ${fact.policy} is not among the editions`);
  const model = await models.get(fact.model);
  if (model === undefined)
    return differ(context, `decision ${name}: its model ${fact.model} is not among the editions`);
  if (!(await foldCatalog(context, catalog, fact.catalogSequence)))
    return differ(
      context,
      `decision ${name}: the catalogue's log ends before record ${fact.catalogSequence}`,
    );
  const again = rederive(draft, fact, entry.profile, {
    policy,
    catalog,
    calibration: model.calibration,
    buysPerWeek: model.buysPerWeek,
    zones,
  });
  const bytes = encodeRecord(header, [again]);
  if (Buffer.compare(bytes, encodeRecord(header, [fact])) === 0) {
    const other = await rescore(fact, model);
    if (other !== undefined) verified.rescored++;
    if (other)
      differ(
        context,
        `decision ${name}: model ${fact.model} run again on its features gives other logits (${other})`,
      );
    return;
  }
  // As it would have been read back: what a record does not keep is no difference.
  const found = firstDifference(fact, decodeRecord(bytes).facts[0]);
  const what = found === undefined ? '' : ` (${found.path}: ${found.before} became ${found.after})`;
  differ(context, `decision ${name} of customer ${fact.customer}: derived again, its bytes differ${what}`);
}

/** False: its log ends before `sequence`. */
async function foldCatalog({ stores }: Context, catalog: CatalogColumns, sequence: number): Promise<boolean> {
  while (catalog.sequence < sequence) {
    const count = Math.min(1_024, sequence - catalog.sequence);
    const records = await stores.catalogLog.read(catalog.sequence + 1, count);
    if (records.length === 0) return false;
    for (const record of records) catalog.fold(record.sequence, decodeCatalogRecord(record.bytes));
  }
  return true;
}

/** Where retention dropped facts, the decision or the policy of the moment may be gone: then nothing is said. */
async function compareHandOver(
  context: Context,
  {
    fact,
    sequence,
    version,
  }: { readonly fact: HandedFact; readonly sequence: number; readonly version: string },
  outcomes: OutcomeCheck,
  { profile, doubtful }: Known,
  catalog: CatalogColumns,
): Promise<void> {
  const { sent, ref } = fact;
  if (sent === undefined || doubtful) return;
  const { policies, zones, verified } = context;
  const policy = await policies.parsed(version);
  const choice = (await outcomes.decision(ref.seq, ref.index))?.choices[ref.choice];
  if (policy === undefined || choice === undefined) return;
  const name = `the hand-over at record ${sequence} of customer ${fact.customer}`;
  if (!(await foldCatalog(context, catalog, sent.catalogSequence)))
    return differ(context, `${name}: the catalogue's log ends before record ${sent.catalogSequence}`);
  verified.handOvers++;
  const what = handOverDifference(fact, choice, { profile, policy, catalog, zones });
  if (what !== undefined) differ(context, `${name}: ${what}`);
}

/** Where retention dropped facts of the customer, what it was of may have been among them, or what counted for it. */
async function compareOutcome(
  context: Context,
  outcomes: OutcomeCheck,
  fact: OutcomeFact,
  { doubtful, incomplete, profile }: Known,
  sequence: number,
): Promise<void> {
  if (incomplete || (doubtful && profile.pending.find(fact.ref) < 0)) return;
  context.verified.outcomes++;
  const what = await outcomes.compare(fact, profile);
  if (what !== undefined)
    differ(context, `the ${fact.stage} outcome at record ${sequence} of customer ${fact.customer}: ${what}`);
}

function differ(context: Context, sentence: string): void {
  context.verified.different++;
  if (context.verified.differences.length < DIFFERENCES_SHOWN) context.verified.differences.push(sentence);
}

/** A snapshot of somebody of whom the log knows nothing holds what was never appended. */
async function lookForStrangers(
  context: Context,
  shard: number,
  known: ReadonlyMap<string, Known>,
  whole: boolean,
): Promise<void> {
  for (let after = ''; ; ) {
    const page = await context.stores.snapshots.scan(shard, after, 512);
    for (const row of page) {
      after = row.id;
      if (whole && !known.has(row.id))
        differ(context, `customer ${row.id}: there is a snapshot, but no fact of theirs in shard ${shard}`);
    }
    if (page.length < 512) return;
  }
}
