import { everOne } from '../../../audit/laws/causal-order.ts';
import { LandingLaws } from '../../../audit/laws/landing-laws.ts';
import { type FactPlace, type LawBook, placeText } from '../../../audit/laws/law-book.ts';
import { dispatchId } from '../../../core/decide/decision-id.ts';
import { browserHash } from '../../../core/event/landing-token.ts';
import type { DecisionFact, TokenSpentFact } from '../../../core/fact/fact.ts';
import { addresseeOf } from '../../../core/identity/customer.ts';
import { placeOfSeq } from '../../../core/identity/home-seq.ts';
import type { Journal } from '../journal.ts';
import { SHOWS_CART } from '../shop-rules.ts';
import { GENERATION } from '../sim-node.ts';
import { readAsLanded } from './landing-order.ts';

/**
 * A link in a message identifies one browser, which landed by it, with a token that was handed out in that message, is as it was, in its time,
 * and was followed by a person; what that browser asks is decided as for somebody who may be somebody else, and shows nothing personal.
 */
export function checkLandings(journal: Journal, book: LawBook): void {
  const counted = journal.landed.map((records) => records.filter(({ counts }) => counts));
  const laws = new LandingLaws(book, everOne(counted));
  const landed = new Set(
    journal.landings
      .filter(({ isGood }) => isGood)
      .map((one) => `${browserHash(one.browser)} ${one.dispatchId}`),
  );
  const asked = new Map<string, string>();
  for (const ack of journal.acks)
    if (
      ack.kind === 'decide' &&
      ack.asked.every(({ kind }) => kind === 'anonymous') &&
      ack.asked.length === 1
    )
      asked.set(placeText(ack), ack.asked.map(({ kind, value }) => addresseeOf(kind, value).id).join());
  /** Until when a browser stands for somebody. */
  const standing = new Map<string, number>();
  readAsLanded(journal, (place, fact) => {
    laws.fact(place, fact);
    if (fact.kind === 'provisional') standing.set(fact.customer, fact.until);
    if (fact.kind === 'absorb-out' || fact.kind === 'erased') standing.delete(fact.customer);
    if (fact.kind === 'token-spent') checkSpent(place, fact, landed, book);
    if (fact.kind === 'decision') checkShown(place, fact, asked.get(placeText(place)), standing, book);
  });
  laws.end();
}

function checkSpent(
  place: FactPlace,
  { ref, browser, customer }: TokenSpentFact,
  landed: ReadonlySet<string>,
  book: LawBook,
): void {
  const home = placeOfSeq(place.shard, ref.seq);
  const id = dispatchId({ generation: GENERATION, ...home, index: ref.index }, ref.choice);
  if (!landed.has(`${browser} ${id}`))
    book.broken(
      'landing',
      `${placeText(place)}: the token of ${id} of ${customer} identified a browser that did not land by it, or with one that is no good`,
    );
}

function checkShown(
  place: FactPlace,
  { customer, provisional, at, choices }: DecisionFact,
  browser: string | undefined,
  standing: ReadonlyMap<string, number>,
  book: LawBook,
): void {
  if (provisional && choices.some(({ action }) => action === SHOWS_CART))
    book.broken('landing', `decision ${placeText(place)} shows a browser that landed what is in the cart`);
  if (browser === undefined || browser === customer || provisional) return;
  if (at < (standing.get(browser) ?? 0))
    book.broken(
      'landing',
      `decision ${placeText(place)} of ${customer} was made for a browser that only stands for them, as if it were theirs`,
    );
}
