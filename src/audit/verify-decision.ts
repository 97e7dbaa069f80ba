/** Decisions, late contents and outcomes derived again from the profile before them. */
import { decodeCatalogRecord } from '../codec/stored/catalog-codec.ts';
import { decodeRecord, encodeRecord } from '../codec/stored/record-codec.ts';
import type { CatalogColumns } from '../core/catalog/catalog-columns.ts';
import { type DecisionPlace, decisionId } from '../core/decide/decision-id.ts';
import { rederive } from '../core/explain/replay.ts';
import type { DecisionFact, HandedFact, OutcomeFact } from '../core/fact/fact.ts';
import { rescore } from '../node/rescore.ts';
import { firstDifference } from './first-difference.ts';
import { handOverDifference } from './hand-over-check.ts';
import type { OutcomeCheck } from './outcome-check.ts';
import { differ, isIncomplete, type Known, type VerifyContext } from './verify-context.ts';

const header = { generation: 0, epoch: 0, batch: '', at: 0 };

export async function compareDecision(
  context: VerifyContext,
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
async function foldCatalog(
  { stores }: VerifyContext,
  catalog: CatalogColumns,
  sequence: number,
): Promise<boolean> {
  while (catalog.sequence < sequence) {
    const count = Math.min(1_024, sequence - catalog.sequence);
    const records = await stores.catalogLog.read(catalog.sequence + 1, count);
    if (records.length === 0) return false;
    for (const record of records) catalog.fold(record.sequence, decodeCatalogRecord(record.bytes));
  }
  return true;
}

/** Where retention dropped facts, the decision or the policy of the moment may be gone: then nothing is said. */
export async function compareHandOver(
  context: VerifyContext,
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
export async function compareOutcome(
  context: VerifyContext,
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
