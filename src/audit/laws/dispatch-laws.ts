/**
 * What channel systems were handed, held against the facts of a log.
 *
 * L1  A push has its decision in the log, which sends just that; a later attempt has its own fact too.
 * L2  Each attempt is pushed once, and none after the dispatch was withdrawn, refused, accepted or given up.
 * L3  A dispatch that was pushed is never called expired, since it may have arrived.
 * L4  A push says what its decision says, with what its attempt's own fact has otherwise.
 */
import { parseDispatchId } from '../../core/decide/decision-id.ts';
import { TRACKING_MARK } from '../../core/decide/tracking-mark.ts';
import type { ChoiceRef, Content, CustomerFact, SentContent } from '../../core/fact/fact.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import { type FactPlace, type LawBook, placeText } from './law-book.ts';

/** The part of content that people read. */
type Words = Pick<Content, 'slotNames' | 'slotValues' | 'rendered'>;

/** A delivery as a channel system received it. What is undefined was not seen, and is not compared. */
export interface Push {
  readonly dispatchId: string;
  readonly attempt: number;
  readonly channel?: number | undefined;
  readonly action?: string | undefined;
  readonly customer?: string | undefined;
  readonly content?: Words | undefined;
  /** The token of the message, which its words hold where the log has a mark. */
  readonly tracking?: string | undefined;
}

/** A message that a channel system really sent, dated by its decision. */
export interface SentMessage {
  readonly id: string;
  /** Who was forgotten and comes again is somebody else. */
  readonly customer: string;
  readonly channel: number;
  readonly action: string;
  /** ms since 1970. */
  readonly at: number;
}

/** More steps are a circle. */
const MOVES_MAX = 64;

interface Dispatch {
  readonly customer: string;
  /** How often they had been forgotten. */
  readonly life: number;
  readonly channel: number;
  readonly action: string;
  readonly at: number;
  /** Attempts after the first that the log holds. */
  readonly attempts: Set<number>;
  /** What was decided, and what each attempt said otherwise. */
  readonly content: Words | undefined;
  readonly sent: Map<number, SentContent>;
  readonly pushed: Set<number>;
  /** Kind of the fact that ended it. */
  over: string | undefined;
}

export class DispatchLaws {
  readonly #book: LawBook;
  readonly #dispatches = new Map<string, Dispatch>();
  readonly #movedTo = new Map<string, string>();
  readonly #lives = new Map<string, number>();

  constructor(book: LawBook) {
    this.#book = book;
  }

  /** The next fact that counts, in the order of its shard's log. */
  fact(place: FactPlace, fact: CustomerFact): void {
    if (fact.kind === 'absorb-out') this.#movedTo.set(fact.customer, addresseeOfKey(fact.to).id);
    if (fact.kind === 'erased') {
      this.#movedTo.delete(fact.customer);
      this.#lives.set(fact.customer, (this.#lives.get(fact.customer) ?? 0) + 1);
    }
    if (fact.kind === 'decision') {
      if (!fact.dispatch) return;
      for (const [choice, { kind, channel, action, content }] of fact.choices.entries()) {
        if (kind !== 'treatment') continue;
        const ref = { seq: place.sequence, index: place.index, choice };
        this.#dispatches.set(dispatchKey(place.shard, ref), {
          customer: fact.customer,
          life: this.#lives.get(fact.customer) ?? 0,
          channel,
          action,
          at: fact.at,
          attempts: new Set(),
          content,
          sent: new Map(),
          pushed: new Set(),
          over: undefined,
        });
      }
      return;
    }
    if (fact.kind !== 'handed' && fact.kind !== 'delivery' && fact.kind !== 'withdraw') return;
    const home = placeOfSeq(place.shard, fact.ref.seq);
    const key = dispatchKey(home.shard, { ...fact.ref, seq: home.seq });
    const dispatch = this.#dispatches.get(key);
    if (dispatch === undefined) return;
    if (fact.kind === 'handed') {
      dispatch.attempts.add(fact.attempt);
      if (fact.sent !== undefined) dispatch.sent.set(fact.attempt, fact.sent);
    } else if (fact.kind === 'withdraw' || fact.state !== 'rejected' || !fact.retryable)
      dispatch.over = fact.kind;
    if (fact.kind === 'delivery' && fact.state === 'expired' && dispatch.pushed.size > 0)
      this.#book.broken('push', `${placeText(place)} calls dispatch ${key} expired, and it was pushed`);
  }

  /** L1, L2 and L3, of a push that came when the log held exactly the facts that were read so far. */
  pushed(push: Push): void {
    const dispatch = this.sent(push);
    if (dispatch === undefined) return;
    if (dispatch.pushed.has(push.attempt))
      this.#book.broken('push', `${pushText(push)}: this attempt was pushed before`);
    dispatch.pushed.add(push.attempt);
    if (dispatch.over !== undefined)
      this.#book.broken('push', `${pushText(push)}: it was over (${dispatch.over})`);
  }

  /** L1 alone, of a push whose moment is not known. The dispatch; undefined when the log has none that is like it. */
  sent(push: Push): Dispatch | undefined {
    const what = pushText(push);
    const dispatch = this.#find(push.dispatchId);
    if (dispatch === undefined) {
      this.#book.broken('push', `${what}: no decision to send it is in the log`);
      return undefined;
    }
    const { channel = dispatch.channel, action = dispatch.action, customer = dispatch.customer } = push;
    if (channel !== dispatch.channel || action !== dispatch.action)
      this.#book.broken(
        'push',
        `${what}: it was ${action} on channel ${channel} and is ${dispatch.action} on ${dispatch.channel} in the log`,
      );
    if (customer !== dispatch.customer && !this.#isMoved(dispatch.customer, customer))
      this.#book.broken('push', `${what}: it is for ${dispatch.customer} and reached ${customer}`);
    if (push.attempt > 1 && !dispatch.attempts.has(push.attempt))
      this.#book.broken('push', `${what}: the attempt is not in the log`);
    const logged = push.content === undefined ? '' : logText(dispatch, push);
    if (push.content !== undefined && wordsText(push.content) !== logged)
      this.#book.broken('push', `${what}: it says ${wordsText(push.content)} and is ${logged} in the log`);
    return dispatch;
  }

  /** The messages of those dispatches; ids without one in the log are left out. */
  messages(dispatchIds: Iterable<string>): SentMessage[] {
    const messages: SentMessage[] = [];
    for (const id of dispatchIds) {
      const dispatch = this.#find(id);
      if (dispatch === undefined) continue;
      const { channel, action, at, life } = dispatch;
      const customer = life === 0 ? dispatch.customer : `${dispatch.customer}, forgotten ${life} times,`;
      messages.push({ id, customer, channel, action, at });
    }
    return messages;
  }

  /** Whether one customer became the other, in however many steps. */
  #isMoved(from: string, to: string): boolean {
    let at: string | undefined = from;
    for (let step = 0; step < MOVES_MAX && at !== undefined; step++) {
      at = this.#movedTo.get(at);
      if (at === to) return true;
    }
    return false;
  }

  #find(dispatchId: string): Dispatch | undefined {
    const place = parseDispatchId(dispatchId);
    return place === undefined ? undefined : this.#dispatches.get(dispatchKey(place.shard, place));
  }
}

function dispatchKey(shard: number, { seq, index, choice }: ChoiceRef): string {
  return `${shard}/${seq}/${index}/${choice}`;
}

function pushText({ dispatchId, attempt }: Push): string {
  return `push ${dispatchId} attempt ${attempt}`;
}

/** What a log has as handed over with an attempt: the decision's words, or those of its own fact in their place, with the token. */
function logText(dispatch: Dispatch, { attempt, tracking = '' }: Push): string {
  const { slotNames, slotValues, rendered } = wordsOfLog(dispatch, attempt);
  return wordsText({
    slotNames,
    slotValues: slotValues.map((value) => (value === TRACKING_MARK ? tracking : value)),
    rendered: rendered.replaceAll(TRACKING_MARK, tracking),
  });
}

const NO_WORDS: Words = { slotNames: [], slotValues: [], rendered: '' };

function wordsOfLog({ content = NO_WORDS, sent }: Dispatch, attempt: number): Words {
  const other = sent.get(attempt);
  if (other === undefined) return content;
  const kept = content.slotNames.flatMap((name, i) =>
    other.slotNames.includes(name) ? [] : [[name, content.slotValues[i] ?? ''] as const],
  );
  const changed = other.slotNames
    .map((name, i) => [name, other.slotValues[i] ?? ''] as const)
    .filter(([, value]) => value !== '');
  const all = [...kept, ...changed];
  return {
    slotNames: all.map(([name]) => name),
    slotValues: all.map(([, value]) => value),
    rendered: other.rendered ?? content.rendered,
  };
}

function wordsText({ slotNames, slotValues, rendered }: Words): string {
  const slots = slotNames.map((name, i) => `${name}=${JSON.stringify(slotValues[i] ?? '')}`).sort();
  return `${JSON.stringify(rendered)} with ${slots.join(', ')}`;
}
