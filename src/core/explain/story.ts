/** What became of a choice after it was made, told from the facts that followed it. */
import { civilText } from '../calendar/civil-time.ts';
import { CHANNELS } from '../channel.ts';
import { causeName } from '../event/cause.ts';
import type { Choice, ChoiceRef, Content, Fact, FeedbackKind } from '../fact/fact.ts';
import { type SeqPlace, seqOfPlace } from '../identity/home-seq.ts';
import { contentAsSent } from '../ledger/sent-content.ts';
import { planId } from '../profile/plan-id.ts';
import { REASONS, type Reason } from '../reason.ts';
import { handOverText } from './hand-over-text.ts';
import { withdrawalClause } from './withdrawal-text.ts';

/** A committed fact and its place in its shard's log. */
export interface Happened {
  readonly place: SeqPlace & { readonly index: number };
  readonly fact: Fact;
}

/** Where a choice stands, by its own shard. */
export type ChoicePlace = SeqPlace & { readonly index: number; readonly choice: number };

/** Why a choice did not reach the customer in the end. */
export interface StoryEnd {
  /** Code for programs; 'DISPATCH_REJECTED' where its channel refused it or could not deliver it. */
  readonly reason: Reason;
  /** A clause that goes behind "but", with the time. */
  readonly text: string;
}

export interface ChoiceStory {
  /** What happened, oldest first, each a clause with its time. */
  readonly steps: readonly string[];
  /** Undefined: it reached the customer, as far as anybody said, or it is still on its way. */
  readonly end: StoryEnd | undefined;
  /** What its channel was handed last, where that is not what was decided, word for word. */
  readonly sent: Content | undefined;
}

const NOTHING_SINCE: ChoiceStory = { steps: [], end: undefined, sent: undefined };

const FEEDBACK_TEXT: Readonly<Record<FeedbackKind, string>> = {
  delivered: 'it was delivered',
  bounced_hard: 'it bounced for good',
  bounced_soft: 'it bounced',
  shown: 'it was shown',
  opened: 'it was opened',
  clicked: 'it was clicked',
  replied: 'the customer answered it',
  dismissed: 'the customer closed it',
  unsubscribed: 'the customer unsubscribed',
  complained: 'the customer complained',
  address_gone: 'an address was gone',
  converted: 'the customer did what it was for',
};

/** `facts`: those of the customer from the decision on, oldest first. `offsetMin`: to show times by, NaN: UTC. */
export function storyOf(
  choice: Choice,
  ref: ChoicePlace,
  facts: readonly Happened[],
  offsetMin: number,
): ChoiceStory {
  if (choice.kind === 'nothing') return NOTHING_SINCE;
  const steps: string[] = [];
  let end: StoryEnd | undefined;
  let sent: Content | undefined;
  const isPlan = choice.kind === 'later';
  const told = (text: string, at: number): string => `${text} on ${civilText(at, offsetMin)}`;
  const add = (step: string): void => {
    if (!steps.includes(step)) steps.push(step);
  };
  const ended = (reason: Reason, text: string): void => {
    add(text);
    end = { reason, text };
  };
  for (const { place, fact } of facts) {
    const named = { ...ref, seq: seqOfPlace(place.shard, ref) };
    if (isPlan) {
      const plan = planId(named.seq, named.index, named.choice);
      if (fact.kind === 'plan-dropped' && fact.plan === plan) {
        const because = withdrawalClause(REASONS[fact.reason] ?? 'NONE', choice);
        ended(REASONS[fact.reason] ?? 'NONE', `${told('the plan was dropped', fact.at)}, because ${because}`);
      } else if (fact.kind === 'decision' && causeName(fact.cause) === plan) {
        const again = freshText(choice, fact.choices);
        const text = `${told('its hour had come', fact.at)}, and ${again.text}`;
        if (again.reason === undefined) add(text);
        else ended(again.reason, text);
      }
      continue;
    }
    if (!('ref' in fact) || fact.ref === undefined || !isSame(fact.ref, named)) continue;
    const on = CHANNELS[choice.channel] ?? 'its channel';
    if (fact.kind === 'handed') {
      sent = choice.content && fact.sent && contentAsSent(choice.content, fact.sent);
      if (fact.sent !== undefined && choice.content !== undefined)
        add(`${told('it was handed over', fact.at)} ${handOverText(choice.content, fact.sent)}`);
    } else if (fact.kind === 'withdraw') {
      const because = withdrawalClause(REASONS[fact.reason] ?? 'NONE', choice, fact.note);
      ended(REASONS[fact.reason] ?? 'NONE', `${told('it was withdrawn', fact.at)}, because ${because}`);
    } else if (fact.kind === 'delivery') {
      const because = fact.reason === '' ? '' : `: ${fact.reason}`;
      if (fact.state === 'rejected' && fact.retryable) {
        add(`${told(`${on} refused it for now`, fact.at)}${because}`);
      } else if (fact.state === 'rejected') {
        ended('DISPATCH_REJECTED', `${told(`${on} refused it`, fact.at)}${because}`);
      } else if (fact.state === 'expired') {
        ended('EXPIRED', told('it lapsed before a channel system took it', fact.at));
      } else if (fact.state === 'too_late') {
        add(told('it had gone out already', fact.at));
        end = undefined;
      } else if (fact.state === 'accepted') add(told(`${on} took it`, fact.at));
      else add(told(`${on} gave it back`, fact.at));
    } else if (fact.kind === 'feedback') {
      const text = told(`${FEEDBACK_TEXT[fact.feedback]}${fact.machine ? ' by a machine' : ''}`, fact.at);
      if (fact.feedback === 'bounced_hard' || fact.feedback === 'bounced_soft') {
        // The refusal that stands before it in the record is the bounce's own.
        if (steps.at(-1)?.startsWith(`${on} refused it on`)) steps.pop();
        ended('DISPATCH_REJECTED', text);
      } else add(text);
    }
  }
  return { steps, end, sent };
}

/** What the decision at a plan's hour made of it. */
function freshText(
  planned: Choice,
  [fresh]: readonly Choice[],
): { readonly text: string; readonly reason: Reason | undefined } {
  if (fresh === undefined || fresh.kind === 'nothing') {
    const reason = REASONS[fresh?.reason ?? 0] ?? 'NONE';
    return { text: `then nothing was said (${reason})`, reason };
  }
  if (fresh.action === planned.action) return { text: 'it was chosen', reason: undefined };
  return { text: `then ${fresh.action} was chosen instead`, reason: 'OUTDRAWN' };
}

function isSame(a: ChoiceRef, b: ChoiceRef): boolean {
  return a.seq === b.seq && a.index === b.index && a.choice === b.choice;
}
