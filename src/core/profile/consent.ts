/**
 * The customer's consent to a channel for a purpose, as one number: the instant at which they gave it, the negated instant at
 * which they refused it, 0 when they did neither. The newest word stands in whatever order they arrive; of two of the same
 * instant, the refusal. No word is newer than when we heard it; a yes that is dated after a no was heard was said on a clock that
 * was wrong, and the no stands.
 */
export const CONSENT_UNKNOWN = 0;
export const CONSENT_GRANTED = 1;
export const CONSENT_DENIED = 2;
/** Of a yes that waits for its confirmation, in what a guardrail compares; no word is one. */
export const CONSENT_PENDING = 3;
export type ConsentState = 0 | 1 | 2;

export function consentState(word: number): ConsentState {
  return word > 0 ? CONSENT_GRANTED : word < 0 ? CONSENT_DENIED : CONSENT_UNKNOWN;
}

/** When the customer gave or refused it, ms; 0: never. */
export function consentAt(word: number): number {
  return Math.abs(word);
}

/** The consent after the customer gave or refused it at `at`, of which we heard at `heardAt`: still `word` when that is newer. */
export function wordAfter(word: number, granted: boolean, at: number, heardAt: number): number {
  const said = instantOf(at > heardAt ? heardAt : at);
  if (!granted && word > heardAt) return -said;
  if (said < Math.abs(word) || (said === Math.abs(word) && granted)) return word;
  return granted ? said : -said;
}

/** The consent after a channel reported a refusal at `at`: refused, until the customer gives it at a later time than all before. */
export function wordAfterRefusal(word: number, at: number, heardAt: number): number {
  const said = instantOf(at > heardAt ? heardAt : at);
  return word > heardAt ? -said : -Math.max(said, Math.abs(word));
}

/** At least 1, so that a word without a time is not read as none. */
function instantOf(at: number): number {
  return at > 1 ? at : 1;
}
