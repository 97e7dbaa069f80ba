/** One customer who was in the shop when their node died: what they did, and how long each answer took. */
import type { Asked } from './shop-tally.ts';

export interface CustomerStory {
  readonly customer: number;
  /** In order of time. */
  readonly asked: readonly Asked[];
  /** Made by the node that died; '': none was. */
  readonly decisionId: string;
}

const SHOWN_MAX = 14;

/**
 * Of customers of these shards who asked something when their node was dead, one to whom it had given a decision before, who came back afterwards, and
 * who did most. Undefined: nobody asked anything.
 */
export function customerStory(
  asked: readonly Asked[],
  shards: ReadonlySet<number>,
  { killedAt, takenOverAt }: { readonly killedAt: number; readonly takenOverAt: number },
): CustomerStory | undefined {
  const byCustomer = new Map<number, Asked[]>();
  for (const one of asked) {
    if (!shards.has(one.shard)) continue;
    const own = byCustomer.get(one.customer);
    if (own === undefined) byCustomer.set(one.customer, [one]);
    else own.push(one);
  }
  let best: CustomerStory | undefined;
  let most = 0;
  for (const [customer, unsorted] of byCustomer) {
    const own = unsorted.sort((a, b) => a.at - b.at);
    if (!own.some(({ at, ms }) => at + ms > killedAt && at < takenOverAt)) continue;
    const decided = own.findLast(({ at, ms, decisionId }) => at + ms <= killedAt && decisionId !== '');
    const goesOn = own.some(({ at }) => at > takenOverAt);
    const worth = (decided === undefined ? 0 : 2_000) + (goesOn ? 1_000 : 0) + own.length;
    if (worth <= most) continue;
    most = worth;
    best = { customer, asked: own, decisionId: decided?.decisionId ?? '' };
  }
  return best;
}

/** A line for each thing that they did, those around `killedAt` where there are many. */
export function customerStoryText(
  { customer, asked }: CustomerStory,
  { killedAt, node }: { readonly killedAt: number; readonly node: string },
): string[] {
  const dies = asked.findIndex(({ at, ms }) => at + ms > killedAt);
  const first = Math.max(0, Math.min(dies - (SHOWN_MAX >> 1), asked.length - SHOWN_MAX));
  const shown = asked.slice(first, first + SHOWN_MAX);
  const lines: string[] = [];
  let isDead = false;
  for (const { at, ms, text, fault } of shown) {
    if (!isDead && at + ms > killedAt && at > killedAt) {
      lines.push(deathLine(killedAt, node));
      isDead = true;
    }
    const answer = fault === '' ? `answered in ${secondsText(ms)}` : `given up: ${fault}`;
    lines.push(`${atText(at)}  ${text}  (${answer})`);
    if (!isDead && at + ms > killedAt) {
      lines.push(deathLine(killedAt, node));
      isDead = true;
    }
  }
  return [`What customer ${customer} of the shop lived through`, '', ...lines.map((line) => `  ${line}`)];
}

function deathLine(killedAt: number, node: string): string {
  return `${atText(killedAt)}  ${node}, which serves this customer, is killed`;
}

/** `12.3 s`, since the shop opened. */
export function atText(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`.padStart(7);
}

export function secondsText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
