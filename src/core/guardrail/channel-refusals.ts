/**
 * What the guardrails of scope `channel` say, found once per decision, channel and purpose: the answer is the same for every
 * candidate that goes now. Owned by a draft, which resets it for every decision.
 */
import { clearBytes } from '../../base/clear-bytes.ts';
import type { CandidateContext } from '../candidate/candidate-context.ts';
import { CHANNELS } from '../channel.ts';
import { ACTION_PURPOSES } from '../purpose.ts';
import type { GuardrailCheck } from './guardrail.ts';
import { GUARDRAILS } from './guardrails.ts';
import { Verdict } from './verdict.ts';

const rules = GUARDRAILS.filter((rule) => rule.scope === 'channel');
const checks: readonly GuardrailCheck[] = rules.map((rule) => rule.check);
const places: readonly number[] = rules.map((rule) => GUARDRAILS.indexOf(rule));
/** The table's first row is of another scope. */
const UNASKED = 0;
/** Behind every row of the table. */
const NONE = 255;

export class ChannelRefusals {
  /** By channel × purpose: UNASKED, or the place in the table of the first row that refuses, or NONE. */
  readonly #places = new Uint8Array(CHANNELS.length * ACTION_PURPOSES.length);
  readonly #verdicts: readonly Verdict[] = Array.from(this.#places, () => new Verdict());

  reset(): void {
    clearBytes(this.#places);
  }

  /** Place in the table of the first guardrail that refuses the candidate's channel for its purpose; NONE, above all, when none does. */
  place(candidate: CandidateContext): number {
    const slot = slotOf(candidate);
    const known = this.#places[slot] as number;
    return known !== UNASKED ? known : this.#ask(slot, candidate);
  }

  /** Copies what the guardrail found, where `place` named one; false where it named none. */
  copyTo(verdict: Verdict, candidate: CandidateContext): boolean {
    const slot = slotOf(candidate);
    if (this.#places[slot] === NONE) return false;
    verdict.copy(this.#verdicts[slot] as Verdict);
    return true;
  }

  #ask(slot: number, candidate: CandidateContext): number {
    const verdict = this.#verdicts[slot] as Verdict;
    let place = NONE;
    for (let i = 0; i < checks.length && place === NONE; i++) {
      if ((checks[i] as GuardrailCheck)(verdict, candidate)) place = places[i] as number;
    }
    this.#places[slot] = place;
    return place;
  }
}

function slotOf(candidate: CandidateContext): number {
  return candidate.channel.index * ACTION_PURPOSES.length + candidate.purpose;
}
