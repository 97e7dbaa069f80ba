/**
 * What must be true of the log after every scenario. Reads the closed data directory.
 *
 * L1  Every acknowledged event is there, and nothing is there twice (request-laws.ts).
 * L2  No decision promotes what the customer owns within the policy's suppression (suppression-laws.ts).
 * L3  Every reply and every dispatch agrees with its decision in the log (dispatch-laws.ts).
 * L4  The token of a message identifies one browser, which stands for nobody else (landing-laws.ts).
 * L5  Folding the log again gives the stored profiles, deriving every decision again gives its bytes.
 */

import { type CountedRecord, everOne, personsOf, readInOrder } from '../../audit/laws/causal-order.ts';
import { DispatchLaws } from '../../audit/laws/dispatch-laws.ts';
import { LandingLaws } from '../../audit/laws/landing-laws.ts';
import { type FactPlace, LawBook } from '../../audit/laws/law-book.ts';
import { RequestLaws } from '../../audit/laws/request-laws.ts';
import { SuppressionLaws } from '../../audit/laws/suppression-laws.ts';
import { verifyDirectory } from '../../audit/verify.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { channelIndex } from '../../core/channel.ts';
import { decisionId, parseDispatchId } from '../../core/decide/decision-id.ts';
import type { Content, CustomerFact, Fact } from '../../core/fact/fact.ts';
import type { Treatment } from '../../gen/attune/v1/treatment_pb.ts';
import { openDirectory, recordsOf } from '../../node/open-directory.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { ScenarioRun } from '../step/scenario-run.ts';
import { type Complaint, complaint } from './failure.ts';

/** One fact of the log, with its place. */
interface PlacedFact {
  readonly fact: CustomerFact;
  readonly place: FactPlace;
  /** Of the decision, where the fact is one. */
  readonly id: string;
}

/** Decisions of races before and after the purchase, and how many of them promoted the product. */
export interface RaceCount {
  readonly rounds: number;
  readonly before: number;
  readonly promotedBefore: number;
  readonly after: number;
  readonly promotedAfter: number;
}

export interface LawReport {
  readonly complaints: readonly Complaint[];
  readonly facts: readonly PlacedFact[];
  readonly races: readonly RaceCount[];
}

const SHOWN_MAX = 5;

/** Checks the data directory of a run whose service is closed. */
export async function checkLaws(run: ScenarioRun): Promise<LawReport> {
  const { facts, forgotten } = await factsOf(run.directory);
  const races = run.races.map((race) => countRace(race, facts));
  const broken = [
    ...brokenLaws(run, facts, forgotten),
    ...wrongAnswers(run, facts, forgotten),
    ...races.flatMap((race) => raceFaults(run, race)),
  ];
  const verified = await verifyDirectory(run.directory);
  if (verified.different > 0)
    broken.push(`the log gives something else when it is folded again: ${verified.differences.join('; ')}`);
  const complaints = broken
    .slice(0, SHOWN_MAX)
    .map((sentence) => complaint('the laws of the log to hold', sentence));
  return { complaints, facts, races };
}

/** `forgotten`: what decisions would be called that stood where a fact was blanked, because its customer was forgotten. */
async function factsOf(
  directory: string,
): Promise<{ readonly facts: PlacedFact[]; readonly forgotten: ReadonlySet<string> }> {
  const data = await openDirectory(directory, quietObserver);
  const placed: PlacedFact[] = [];
  const forgotten = new Set<string>();
  try {
    for (let shard = 0; shard < data.shards; shard++) {
      for await (const { sequence, bytes } of recordsOf(data.stores, shard)) {
        const { header, facts } = decodeRecord(bytes);
        for (const [index, fact] of facts.entries()) {
          const id = decisionId({ generation: header.generation, shard, seq: sequence, index });
          if (fact.kind === 'forgotten') forgotten.add(id);
          if (!('customer' in fact)) continue;
          placed.push({ fact, place: { shard, sequence, index }, id });
        }
      }
    }
  } finally {
    await data.stores.close();
  }
  return { facts: placed, forgotten };
}

/** The laws that hold for any log, whatever wrote it. */
function brokenLaws(
  run: ScenarioRun,
  facts: readonly PlacedFact[],
  forgotten: ReadonlySet<string>,
): string[] {
  const book = new LawBook();
  const records = recordsIn(facts);
  const personOf = personsOf(records);
  const anyOf = everOne(records);
  const requests = new RequestLaws(book, 'customer', personOf, anyOf);
  const landings = new LandingLaws(book, anyOf);
  const dispatches = new DispatchLaws(book);
  const suppression = new SuppressionLaws(run.policy.suppression, book);
  const faults = readInOrder(records, (place, fact) => {
    for (const laws of [requests, dispatches, suppression, landings]) laws.fact(place, fact);
  });
  for (const fault of faults) book.broken('absorb', fault);
  landings.end();
  for (const { source, id, customerId } of run.acknowledgedEvents)
    requests.acknowledged({ kind: 'event', customer: customerId, source, id });
  for (const { dispatchId, channel, treatment, attempt } of run.dispatches) {
    const place = parseDispatchId(dispatchId);
    if (place !== undefined && forgotten.has(decisionId(place))) continue;
    dispatches.sent({
      dispatchId,
      attempt,
      channel: channelIndex(channel),
      action: treatment.actionId,
      content: wordsOf(treatment),
      tracking: treatment.tracking,
    });
  }
  return book.breaches.map(({ sentence }) => sentence);
}

/** The facts by the records in which they stand, those of each shard in its order. */
function recordsIn(facts: readonly PlacedFact[]): CountedRecord[][] {
  const shards = new Map<number, Map<number, (Fact | undefined)[]>>();
  for (const { fact, place } of facts) {
    const records = shards.get(place.shard) ?? new Map<number, (Fact | undefined)[]>();
    shards.set(place.shard, records);
    const record = records.get(place.sequence) ?? [];
    records.set(place.sequence, record);
    record[place.index] = fact;
  }
  return [...shards].map(([shard, records]) =>
    [...records].map(([sequence, record]) => ({ shard, sequence, facts: record })),
  );
}

function wrongAnswers(
  run: ScenarioRun,
  facts: readonly PlacedFact[],
  forgotten: ReadonlySet<string>,
): string[] {
  const decisions = new Map(facts.map(({ id, fact }) => [id, fact]));
  const broken: string[] = [];
  for (const { decisionId: id, choices } of [
    ...run.replies,
    ...[...run.decisions.values()].map(({ reply }) => reply),
  ]) {
    if (id === '' || forgotten.has(id)) continue;
    const fact = decisions.get(id);
    const stored =
      fact?.kind === 'decision' ? fact.choices.map((choice) => choice.action).join(', ') : undefined;
    const answered = choices
      .map(({ outcome }) => (outcome.case === 'treatment' ? outcome.value.actionId : ''))
      .join(', ');
    const later = choices.some(({ outcome }) => outcome.case === 'later');
    if (stored === undefined) broken.push(`the answered decision ${id} is not in the log`);
    else if (stored !== answered && !later)
      broken.push(`decision ${id} was answered as "${answered}" and is "${stored}" in the log`);
  }
  return broken;
}

function countRace(
  { product, customers }: ScenarioRun['races'][number],
  facts: readonly PlacedFact[],
): RaceCount {
  const raced = new Set(customers);
  const bought = new Set<string>();
  const count = { rounds: customers.length, before: 0, promotedBefore: 0, after: 0, promotedAfter: 0 };
  for (const { fact } of facts) {
    if (!raced.has(fact.customer)) continue;
    if (fact.kind === 'event' && fact.name === 'Order Completed') bought.add(fact.customer);
    if (fact.kind !== 'decision') continue;
    const promoted = fact.choices.some((choice) => choice.promotion && choice.product === product);
    const late = bought.has(fact.customer);
    count[late ? 'after' : 'before']++;
    if (promoted) count[late ? 'promotedAfter' : 'promotedBefore']++;
  }
  return count;
}

/** The counts of races as a sentence. */
export function raceText({ rounds, before, promotedBefore, after, promotedAfter }: RaceCount): string {
  return `${rounds} rounds: ${before} decisions came before the purchase, ${promotedBefore} of them promoted what was bought; ${after} came after it, ${promotedAfter} of them did`;
}

/** A race proves something only when both orders occurred, and when the product was promoted before the purchase. */
function raceFaults(run: ScenarioRun, race: RaceCount): string[] {
  const { rounds, before, promotedBefore, after } = race;
  run.timeline.add(run.now, raceText(race));
  if (before + after !== rounds)
    return [`${rounds} decisions were asked and ${before + after} are in the log`];
  if (before === 0 || after === 0 || promotedBefore === 0) return [`the race was none: ${raceText(race)}`];
  return [];
}

function wordsOf({ content }: Treatment): Pick<Content, 'slotNames' | 'slotValues' | 'rendered'> | undefined {
  if (content === undefined) return undefined;
  const { slots, rendered } = content;
  return { slotNames: Object.keys(slots), slotValues: Object.values(slots), rendered };
}
