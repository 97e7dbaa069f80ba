import { decodeCatalogRecord } from '../codec/stored/catalog-codec.ts';
import { encodeRecord } from '../codec/stored/record-codec.ts';
import { LIMITS } from '../config/limits.ts';
import { CatalogColumns } from '../core/catalog/catalog-columns.ts';
import { DecisionDraft } from '../core/decide/decision-draft.ts';
import type { DecisionPlace } from '../core/decide/decision-id.ts';
import { rederive } from '../core/explain/replay.ts';
import type { DecisionFact } from '../core/fact/fact.ts';
import { emptyProfile } from '../core/profile/empty-profile.ts';
import { fold } from '../core/profile/fold.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { ReplayOutcome, Replays } from '../port/replays.ts';
import type { Node } from './open-node.ts';
import { rescore } from './rescore.ts';
import { StoredModels } from './stored-models.ts';

const NO_HEADER = { generation: 0, epoch: 0, batch: '', at: 0 };
const CATALOG_BATCH = 1_024;

/**
 * Decisions derived again from the node's own log: every earlier fact of the customer folded, the catalogue folded to the
 * record's sequence, the policy of the record. It costs as much as the shard's log is long, and never on the decision path.
 */
export class NodeReplays implements Replays {
  readonly #node: Pick<Node, 'gateway' | 'engine' | 'policies' | 'stores'>;
  readonly #draft = new DecisionDraft();
  readonly #models: StoredModels;

  constructor(node: Pick<Node, 'gateway' | 'engine' | 'policies' | 'stores'>) {
    this.#node = node;
    this.#models = new StoredModels(node.stores.editions);
  }

  async replay(place: DecisionPlace, fact: DecisionFact): Promise<ReplayOutcome> {
    const { policies, engine } = this.#node;
    const { scorer, zones } = engine.runtime;
    const model = await this.#models.get(fact.model);
    // A test's own scorer is no edition.
    const learned = model ?? (fact.model === scorer.info.version ? scorer.info : undefined);
    if (learned === undefined) return unknown(`The model ${fact.model} is no longer kept.`);
    const policy = await policies.parsed(fact.policy);
    if (policy === undefined) return unknown(`The policy ${fact.policy} is no longer kept.`);
    const catalog = await this.#catalogAt(fact.catalogSequence);
    if (catalog === undefined)
      return unknown(`The catalogue's log ends before record ${fact.catalogSequence}.`);
    const profile = await this.#profileBefore(place, fact);
    if (typeof profile === 'string') return unknown(profile);
    const again = rederive(this.#draft, fact, profile, {
      policy,
      catalog,
      calibration: learned.calibration,
      buysPerWeek: learned.buysPerWeek,
      zones,
    });
    const [before, after] = [encodeRecord(NO_HEADER, [fact]), encodeRecord(NO_HEADER, [again])];
    if (Buffer.compare(before, after) === 0) {
      const other = model === undefined ? undefined : await rescore(fact, model);
      if (!other) return { identical: true, note: '' };
      return { identical: false, note: `Its model gives other logits (${other}).` };
    }
    return { identical: false, note: `It differs in ${firstDifference(fact, again)}.` };
  }

  async #catalogAt(sequence: number): Promise<CatalogColumns | undefined> {
    const catalog = new CatalogColumns();
    while (catalog.sequence < sequence) {
      const count = Math.min(CATALOG_BATCH, sequence - catalog.sequence);
      const records = await this.#node.stores.catalogLog.read(catalog.sequence + 1, count);
      if (records.length === 0) return undefined;
      for (const record of records) catalog.fold(record.sequence, decodeCatalogRecord(record.bytes));
    }
    return catalog;
  }

  /** The customer's profile before the decision, or a sentence on why it cannot be had. */
  async #profileBefore(place: DecisionPlace, fact: DecisionFact): Promise<Profile | string> {
    const { stores, gateway, engine } = this.#node;
    const foreign = engine.shards[place.shard]?.revisions.find(
      ({ revision, from }) => from <= place.seq && !engine.runtime.revisions.carried.has(revision),
    );
    if (foreign !== undefined)
      return `Its shard worked under core revision ${foreign.revision}, which this version does not carry.`;
    const { first } = await stores.log.bounds(place.shard);
    const segments = await stores.archive.segments(place.shard);
    if (Math.min(first, segments[0]?.first ?? first) > 1)
      return 'The beginning of the log is no longer kept.';
    if (place.seq > LIMITS.historyRecordsMax)
      return `It is record ${place.seq} of its shard; at most ${LIMITS.historyRecordsMax} are folded to replay one.`;
    const selector = { customerId: fact.customer };
    const history = await gateway.history(selector, 0, fact.at, Number.MAX_SAFE_INTEGER);
    if (history.kind === 'refused') return history.message;
    if (history.lookedFrom > 0) return 'Too much happened before it to be folded for one question.';
    const profile = emptyProfile(fact.customer, fact.key);
    for (const { place: at, fact: earlier } of history.committed) {
      // What the customer became later is not what was decided on.
      if (!('customer' in earlier) || earlier.customer !== fact.customer) continue;
      if (at.seq > place.seq || (at.seq === place.seq && at.index >= place.index)) break;
      fold(profile, earlier, at.seq, at.index);
    }
    return profile;
  }
}

function unknown(note: string): ReplayOutcome {
  return { identical: undefined, note };
}

/** The first field that differs, for a person to start at. */
function firstDifference(before: DecisionFact, after: DecisionFact): string {
  for (const key of Object.keys(before) as (keyof DecisionFact)[]) {
    if (key !== 'record' && JSON.stringify(before[key]) !== JSON.stringify(after[key])) return key;
  }
  return 'its candidates';
}
