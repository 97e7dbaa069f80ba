/** Holds a directory's log against what was promised, and against the guardrails of its policy. */
import { IntlZones } from '../../adapter/intl/zones.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { decisionId, dispatchId } from '../../core/decide/decision-id.ts';
import type { CustomerFact, DecisionFact } from '../../core/fact/fact.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { openDirectory, recordsOf } from '../../node/open-directory.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { BudgetLaws } from '../oracle/budget-laws.ts';
import { GuardrailLaws } from '../oracle/guardrail-laws.ts';
import { type FactPlace, LawBook } from '../oracle/law-book.ts';
import { checkReach, type Message } from '../oracle/reach-laws.ts';
import { rulesOf } from '../oracle/rules.ts';
import { TimerLaws } from '../oracle/timer-laws.ts';
import type { Promised } from './promised.ts';

export interface LogCheck {
  readonly facts: number;
  readonly decisions: number;
  /** Acknowledged and not in the log. */
  readonly lost: readonly string[];
  /** In the log twice, or answered in two ways. */
  readonly doubled: readonly string[];
  readonly guardrailsBroken: readonly string[];
  /** Sent by a channel, without the decision or the attempt in the log. */
  readonly unlogged: readonly string[];
  /** Checkout windows that fired. */
  readonly windowsFired: number;
}

/** `endedAt`: until when timers had the time to fire. */
export async function checkLog(
  directory: string,
  policy: Policy,
  promised: Promised,
  endedAt: number,
): Promise<LogCheck> {
  const seen = new Seen();
  const book = new LawBook();
  const rules = rulesOf(policy);
  const zones = new IntlZones();
  const guardrails = new GuardrailLaws(rules, (zone, at) => zones.offsetMin(zone, at), book);
  const budgets = new BudgetLaws(book);
  const timers = new TimerLaws(rules, book);
  const data = openDirectory(directory, quietObserver);
  try {
    for (let shard = 0; shard < data.shards; shard++) {
      let epoch = 0;
      for await (const { sequence, bytes } of recordsOf(data.stores, shard)) {
        const { header, facts } = decodeRecord(bytes);
        if (header.epoch < epoch) continue;
        epoch = header.epoch;
        for (let index = 0; index < facts.length; index++) {
          const fact = facts[index];
          if (fact === undefined || !('customer' in fact)) continue;
          const place = { shard, sequence, index };
          seen.fact(data.generation, place, fact);
          guardrails.fact(place, fact);
          budgets.fact(place, fact);
          timers.fact(place, fact);
        }
      }
    }
  } finally {
    await data.stores.close();
  }
  timers.end(endedAt);
  budgets.end(new Map(policy.budgets.map(({ id, perDay }) => [id, perDay])));
  checkReach(seen.reached(promised), rules.caps, book);
  return {
    facts: seen.facts,
    decisions: seen.decisions.size,
    lost: seen.lost(promised),
    doubled: [...seen.doubled, ...answeredTwice(promised)],
    guardrailsBroken: book.breaches.map(({ law, sentence }) => `${law}: ${sentence}`),
    unlogged: seen.unlogged(promised),
    windowsFired: timers.fired,
  };
}

/** What the log holds, by the names that callers know. */
class Seen {
  facts = 0;
  readonly decisions = new Map<string, DecisionFact>();
  readonly doubled: string[] = [];
  readonly #ids = new Map<string, string>();
  readonly #handed = new Set<string>();

  fact(generation: number, place: FactPlace, fact: CustomerFact): void {
    this.facts++;
    const at = { generation, shard: place.shard, seq: place.sequence, index: place.index };
    const id = decisionId(at);
    if (fact.kind === 'event') {
      this.#once(`event ${fact.id}`, id);
      if (fact.name === 'Order Completed') this.#once(`order ${fact.order?.orderId}`, id);
    }
    if (fact.kind === 'feedback') this.#once(`feedback ${fact.link}`, id);
    if (fact.kind === 'handed')
      this.#handed.add(`${dispatchId({ ...at, ...fact.ref }, fact.ref.choice)} ${fact.attempt}`);
    if (fact.kind !== 'decision') return;
    this.decisions.set(id, fact);
    if (fact.requestId !== '') this.#once(`decide ${fact.requestId}`, id);
  }

  lost(promised: Promised): string[] {
    const lost: string[] = [];
    for (const id of promised.events.keys()) if (!this.#ids.has(`event ${id}`)) lost.push(`event ${id}`);
    for (const id of promised.feedback) if (!this.#ids.has(`feedback ${id}`)) lost.push(`feedback ${id}`);
    for (const [id, answers] of promised.decides)
      for (const answer of answers)
        if (this.#ids.get(`decide ${id}`) !== answer) lost.push(`decide ${id}, answered as ${answer}`);
    return lost;
  }

  /** What the channel systems sent must have been authorised: by its decision, a later attempt by its own fact. */
  unlogged(promised: Promised): string[] {
    const unlogged: string[] = [];
    for (const [id, attempt] of promised.sent) {
      const decision = this.decisions.get(id.slice(0, id.lastIndexOf('-')));
      if (decision?.dispatch !== true) unlogged.push(`dispatch ${id}: no decision`);
      else if (attempt > 1 && !this.#handed.has(`${id} ${attempt}`))
        unlogged.push(`dispatch ${id}: attempt ${attempt} is not in the log`);
    }
    return unlogged;
  }

  reached(promised: Promised): Message[] {
    const messages: Message[] = [];
    for (const id of promised.sent.keys()) {
      const cut = id.lastIndexOf('-');
      const decision = this.decisions.get(id.slice(0, cut));
      const choice = decision?.choices[Number.parseInt(id.slice(cut + 1), 36)];
      if (decision === undefined || choice === undefined || promised.notReached.has(id)) continue;
      const { customer, at } = decision;
      messages.push({ id, customer, channel: choice.channel, action: choice.action, at });
    }
    return messages;
  }

  #once(name: string, at: string): void {
    const before = this.#ids.get(name);
    if (before !== undefined) this.doubled.push(`${name} at ${before} and ${at}`);
    this.#ids.set(name, at);
  }
}

function answeredTwice(promised: Promised): string[] {
  return [...promised.decides]
    .filter(([, answers]) => answers.size > 1)
    .map(([id, answers]) => `decide ${id} was answered as ${[...answers].join(' and ')}`);
}
