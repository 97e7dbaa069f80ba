/** Holds a directory's log against what was promised, and against the guardrails of its policy. */
import { IntlZones } from '../../adapter/intl/zones.ts';
import { type CountedRecord, everOne, readInOrder } from '../../audit/laws/causal-order.ts';
import { DispatchLaws } from '../../audit/laws/dispatch-laws.ts';
import { LandingLaws } from '../../audit/laws/landing-laws.ts';
import { LawBook } from '../../audit/laws/law-book.ts';
import { RequestLaws } from '../../audit/laws/request-laws.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { parseDecisionId } from '../../core/decide/decision-id.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { openDirectory, recordsOf } from '../../node/open-directory.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { Stores } from '../../node/stores.ts';
import { checkAbsorbs } from '../oracle/absorb-laws.ts';
import { BudgetLaws } from '../oracle/budget-laws.ts';
import { GuardrailLaws } from '../oracle/guardrail-laws.ts';
import { checkReach } from '../oracle/reach-laws.ts';
import { rulesOf } from '../oracle/rules.ts';
import { TimerLaws } from '../oracle/timer-laws.ts';
import { checkForgotten, withoutForgotten } from './check-forgotten.ts';
import { checkVersions } from './check-versions.ts';
import type { Promised } from './promised.ts';

export interface LogCheck {
  readonly facts: number;
  readonly decisions: number;
  /** Customers who were taken in by others. */
  readonly absorbs: number;
  /** Links that a desk made, and those that were undone. */
  readonly links: number;
  readonly unlinks: number;
  /** Customers who were forgotten, each under every key of theirs. */
  readonly erasures: number;
  /** Browsers that a link in a message identified. */
  readonly landings: number;
  /** Acknowledged and not in the log. */
  readonly lost: readonly string[];
  /** In the log twice, or not where an answer said. */
  readonly doubled: readonly string[];
  readonly guardrailsBroken: readonly string[];
  /** Sent by a channel, without the decision or the attempt in the log. */
  readonly unlogged: readonly string[];
  /** Checkout windows that fired. */
  readonly triggersFired: number;
}

export interface LogsToCheck {
  readonly stores: Stores;
  readonly shards: number;
}

/** Of a data directory. `endedAt`: until when timers had the time to fire. */
export async function checkLog(
  directory: string,
  policy: Policy,
  promised: Promised,
  endedAt: number,
): Promise<LogCheck> {
  const { stores, shards } = await openDirectory(directory, quietObserver);
  try {
    return await checkStores({ stores, shards }, policy, promised, endedAt);
  } finally {
    await stores.close();
  }
}

/** The same of what stores hold. */
export async function checkStores(
  logs: LogsToCheck,
  policy: Policy,
  promised: Promised,
  endedAt: number,
): Promise<LogCheck> {
  const promises = new LawBook(Number.POSITIVE_INFINITY);
  const guarded = new LawBook();
  const rules = rulesOf(policy);
  const zones = new IntlZones();
  // The load numbers its requests over all customers, so that one under a wrong customer is found too.
  const requests = new RequestLaws(promises, 'log');
  const dispatches = new DispatchLaws(promises);
  const guardrails = new GuardrailLaws(rules, (zone, at) => zones.offsetMin(zone, at), guarded);
  const budgets = new BudgetLaws(guarded);
  const timers = new TimerLaws(rules, guarded);
  const counts = { facts: 0, decisions: 0, links: 0, unlinks: 0, erasures: 0, landings: 0 };
  const whole = await countedRecords(logs);
  counts.erasures = checkForgotten(whole, promised, rules, promises);
  checkVersions(whole, promises);
  const records = withoutForgotten(whole, promised.passing);
  // A message to one may be followed while a desk has linked them to another one, who spends its token, and who is another one again in the end.
  const landings = new LandingLaws(guarded, everOne(records));
  const faults = readInOrder(records, (place, fact) => {
    counts.facts++;
    if (fact.kind === 'decision') counts.decisions++;
    if (fact.kind === 'linked') counts.links++;
    if (fact.kind === 'unlinked') counts.unlinks++;
    if (fact.kind === 'token-spent') counts.landings++;
    for (const laws of [requests, dispatches, guardrails, budgets, timers, landings]) laws.fact(place, fact);
  });
  for (const fault of faults) guarded.broken('absorb', fault);
  const absorbs = checkAbsorbs(records, [], guarded);
  landings.end();
  timers.end(endedAt);
  budgets.end(new Map(policy.budgets.map(({ id, perDay }) => [id, perDay])));
  checkReach(dispatches.messages(promised.reached()), rules, guarded);
  checkPromises(promised, requests, promises);
  for (const [dispatchId, attempt] of promised.sent)
    if (!promised.isPassing(dispatchId)) dispatches.sent({ dispatchId, attempt });
  const broken = (...laws: readonly string[]): string[] =>
    promises.breaches.filter(({ law }) => laws.includes(law)).map(({ sentence }) => sentence);
  return {
    ...counts,
    absorbs,
    lost: broken('lost', 'forgotten'),
    doubled: broken('twice', 'reply', 'version'),
    guardrailsBroken: guarded.breaches.map(({ law, sentence }) => `${law}: ${sentence}`),
    unlogged: broken('push'),
    triggersFired: timers.fired,
  };
}

/** The records that count, each shard's in its order. */
async function countedRecords({ stores, shards: count }: LogsToCheck): Promise<CountedRecord[][]> {
  const shards: CountedRecord[][] = [];
  for (let shard = 0; shard < count; shard++) {
    const records: CountedRecord[] = [];
    let epoch = 0;
    for await (const { sequence, bytes } of recordsOf(stores, shard)) {
      const { header, facts } = decodeRecord(bytes);
      // A dead owner's late append: behind a newer fence it never counted.
      if (header.epoch < epoch) continue;
      epoch = header.epoch;
      records.push({ shard, sequence, facts });
    }
    shards.push(records);
  }
  return shards;
}

function checkPromises(promised: Promised, requests: RequestLaws, book: LawBook): void {
  const customer = '';
  for (const { source = '', id = '' } of promised.events.values())
    requests.acknowledged({ kind: 'event', customer, source, id });
  for (const link of promised.feedback)
    if (!promised.isPassing(link)) requests.acknowledged({ kind: 'feedback', customer, link });
  for (const [requestId, answers] of promised.decides)
    for (const answer of answers) {
      const place = parseDecisionId(answer);
      if (place === undefined) book.broken('reply', `decide ${requestId} was answered as "${answer}"`);
      else
        requests.answered(
          { kind: 'decide', customer, requestId },
          { shard: place.shard, sequence: place.seq, index: place.index },
        );
    }
}
