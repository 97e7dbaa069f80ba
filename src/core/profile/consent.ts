/**
 * Her word on a channel for a purpose, as one number: the instant at which she said yes, the same below zero for a no, 0
 * when nobody asked her. The newest word stands whatever order they arrive in, and of two at the same instant the no.
 */
export const CONSENT_UNKNOWN = 0;
export const CONSENT_GRANTED = 1;
export const CONSENT_DENIED = 2;
export type ConsentState = 0 | 1 | 2;

export function consentState(word: number): ConsentState {
  return word > 0 ? CONSENT_GRANTED : word < 0 ? CONSENT_DENIED : CONSENT_UNKNOWN;
}

/** When she said it, ms; 0 when she never did. */
export function consentAt(word: number): number {
  return Math.abs(word);
}

/** What stands once she said yes or no at `at` by her own account: `word`, when that is newer. */
export function wordAfter(word: number, granted: boolean, at: number): number {
  const said = instantOf(at);
  if (said < Math.abs(word) || (said === Math.abs(word) && granted)) return word;
  return granted ? said : -said;
}

/** What stands once a channel reported her refusal at `at`: a no, and only a yes that is newer than all of it lifts it. */
export function wordAfterRefusal(word: number, at: number): number {
  return -Math.max(instantOf(at), Math.abs(word));
}

/** The earliest there is for what is no instant above it: a word without its time is a word all the same. */
function instantOf(at: number): number {
  return at > 1 ? at : 1;
}
