/**
 * What must be true of the log behind every scenario, whatever it was about. Read from the closed data directory, by code
 * that shares nothing with what wrote it but the format.
 *
 * L1  Every acknowledged event is there, once.
 * L2  No decision promotes a product that she owned when it was made, within the policy's suppression.
 * L3  Every answer and every dispatch is a decision in the log that chose just that.
 * L4  A request id leads to one decision.
 * L5  Folding the log again gives the stored profiles, deriving every decision again gives its bytes.
 */

import { verifyDirectory } from '../../audit/verify.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { CHANNELS } from '../../core/channel.ts';
import { decisionId } from '../../core/decide/decision-id.ts';
import type { CustomerFact, DecisionFact, EventFact } from '../../core/fact/fact.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { openDirectory, recordsOf } from '../../node/open-directory.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { World } from '../step/world.ts';
import { type Complaint, complaint } from './failure.ts';

/** One fact of the log, with its place. */
interface Placed {
  readonly fact: CustomerFact;
  readonly id: string;
  readonly at: number;
}

/** What races came to: who was first, and whose decision promoted what was being bought. */
export interface RaceCount {
  readonly rounds: number;
  readonly before: number;
  readonly promotedBefore: number;
  readonly after: number;
  readonly promotedAfter: number;
}

export interface LawReport {
  readonly complaints: readonly Complaint[];
  readonly facts: readonly Placed[];
  readonly races: readonly RaceCount[];
}

const SHOWN_MAX = 5;

/** Checks the data directory of a world whose service was closed. */
export async function checkLaws(world: World): Promise<LawReport> {
  const facts = await factsOf(world.directory);
  const races = world.races.map((race) => countRace(race, facts));
  const broken = [
    ...lostEvents(world, facts),
    ...promotedOwned(facts, world.policy),
    ...strangeAnswers(world, facts),
    ...repeatedRequests(facts),
    ...races.flatMap((race) => falseRace(world, race)),
  ];
  const verified = await verifyDirectory(world.directory);
  if (verified.different > 0)
    broken.push(`the log says otherwise when folded again: ${verified.differences.join('; ')}`);
  const complaints = broken
    .slice(0, SHOWN_MAX)
    .map((sentence) => complaint('the laws of the log to hold', sentence));
  return { complaints, facts, races };
}

async function factsOf(directory: string): Promise<Placed[]> {
  const data = openDirectory(directory, quietObserver);
  const placed: Placed[] = [];
  try {
    for (let shard = 0; shard < data.shards; shard++) {
      for await (const { sequence, bytes } of recordsOf(data.stores, shard)) {
        const { header, facts } = decodeRecord(bytes);
        for (const [index, fact] of facts.entries()) {
          if (fact.kind === 'fence' || fact.kind === 'adopted') continue;
          const id = decisionId({ generation: header.generation, shard, seq: sequence, index });
          placed.push({ fact, id, at: header.at });
        }
      }
    }
  } finally {
    await data.stores.close();
  }
  return placed;
}

function lostEvents(world: World, facts: readonly Placed[]): string[] {
  const counts = new Map<string, number>();
  for (const { fact } of facts)
    if (fact.kind === 'event') {
      const name = `${fact.source}\u0000${fact.id}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  const broken: string[] = [];
  for (const { source, id } of world.acknowledged) {
    const count = counts.get(`${source}\u0000${id}`) ?? 0;
    if (count !== 1) broken.push(`the acknowledged event ${id} of ${source} is in the log ${count} times`);
  }
  return broken;
}

interface Owned {
  readonly until: number;
  readonly orderId: string;
}

function promotedOwned(facts: readonly Placed[], policy: Policy): string[] {
  const owned = new Map<string, Owned>();
  const broken: string[] = [];
  for (const { fact, id } of facts) {
    if (fact.kind === 'event') own(owned, fact, policy);
    if (fact.kind !== 'decision') continue;
    for (const choice of fact.choices) {
      const products = new Set([choice.product, ...(choice.content?.productIds ?? [])]);
      for (const product of choice.promotion ? products : []) {
        const found = owned.get(`${fact.customer} ${product}`);
        if (found !== undefined && fact.at < found.until)
          broken.push(`decision ${id} promotes ${product}, which she had bought with order ${found.orderId}`);
      }
    }
  }
  return broken;
}

function own(owned: Map<string, Owned>, fact: EventFact, policy: Policy): void {
  const orderId = fact.order?.orderId ?? '';
  if (fact.name === 'Order Completed') {
    for (const { productId, category } of fact.products) {
      const ms = policy.suppression.byCategory.get(category) ?? policy.suppression.defaultMs;
      owned.set(`${fact.customer} ${productId}`, { until: fact.at + ms, orderId });
    }
  }
  if (fact.name !== 'Order Refunded' && fact.name !== 'Order Cancelled') return;
  const returned = new Set(fact.products.map((product) => product.productId));
  for (const [key, one] of owned) {
    const [customer, product] = key.split(' ');
    if (
      customer === fact.customer &&
      one.orderId === orderId &&
      (returned.size === 0 || returned.has(product ?? ''))
    )
      owned.delete(key);
  }
}

function decisionsOf(facts: readonly Placed[]): Map<string, DecisionFact> {
  const decisions = new Map<string, DecisionFact>();
  for (const { fact, id } of facts) if (fact.kind === 'decision') decisions.set(id, fact);
  return decisions;
}

function strangeAnswers(world: World, facts: readonly Placed[]): string[] {
  const decisions = decisionsOf(facts);
  const broken: string[] = [];
  for (const { decisionId: id, choices } of [
    ...world.answered,
    ...[...world.decisions.values()].map(({ reply }) => reply),
  ]) {
    if (id === '') continue;
    const stored = decisions
      .get(id)
      ?.choices.map((choice) => choice.action)
      .join(', ');
    const answered = choices
      .map(({ outcome }) => (outcome.case === 'treatment' ? outcome.value.actionId : ''))
      .join(', ');
    const later = choices.some(({ outcome }) => outcome.case === 'later');
    if (stored === undefined) broken.push(`the answered decision ${id} is not in the log`);
    else if (stored !== answered && !later)
      broken.push(`decision ${id} was answered as "${answered}" and is "${stored}" in the log`);
  }
  for (const { dispatchId, channel, treatment } of world.dispatches) {
    const cut = dispatchId.lastIndexOf('-');
    const stored = decisions.get(dispatchId.slice(0, cut));
    const choice = stored?.choices[Number.parseInt(dispatchId.slice(cut + 1), 36)];
    if (choice === undefined || stored?.dispatch !== true)
      broken.push(`the dispatch ${dispatchId} is not in the log`);
    else if (choice.action !== treatment.actionId || CHANNELS[choice.channel] !== channel)
      broken.push(
        `the dispatch ${dispatchId} is ${choice.action} in the log and was ${treatment.actionId} on ${channel}`,
      );
  }
  return broken;
}

function repeatedRequests(facts: readonly Placed[]): string[] {
  const seen = new Map<string, string>();
  const broken: string[] = [];
  for (const { fact, id } of facts) {
    if (fact.kind !== 'decision' || fact.requestId === '') continue;
    const name = `${fact.customer} ${fact.requestId}`;
    const before = seen.get(name);
    if (before !== undefined)
      broken.push(`the request ${fact.requestId} led to the decisions ${before} and ${id}`);
    seen.set(name, id);
  }
  return broken;
}

function countRace({ product, customers }: World['races'][number], facts: readonly Placed[]): RaceCount {
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

/** What races came to, as people read it. */
export function raceText({ rounds, before, promotedBefore, after, promotedAfter }: RaceCount): string {
  return `${rounds} rounds: ${before} decisions came before the purchase, ${promotedBefore} of them promoted what was bought; ${after} came after it, ${promotedAfter} of them did`;
}

/** A race proves something only when both orders came about, and when the product was promoted where it could be. */
function falseRace(world: World, race: RaceCount): string[] {
  const { rounds, before, promotedBefore, after } = race;
  world.timeline.add(world.now, raceText(race));
  if (before + after !== rounds)
    return [`${rounds} decisions were asked and ${before + after} are in the log`];
  if (before === 0 || after === 0 || promotedBefore === 0) return [`the race was none: ${raceText(race)}`];
  return [];
}
