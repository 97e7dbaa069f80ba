/** Tracking tokens that identify: what goes to an address of the customer is signed, so that a landing with it says whose browser it is. */
import { isAddressed } from '../../core/channel.ts';
import {
  type DecisionPlace,
  signedText,
  type Tracking,
  trackingToken,
} from '../../core/decide/decision-id.ts';
import type { Choice } from '../../core/fact/fact.ts';
import type { DecideOutcome } from '../../port/customers.ts';
import type { SecretKeys } from '../../port/secret-keys.ts';
import type { Runtime } from '../runtime.ts';

const MAC_BYTES = 12;

/** The token of a treatment that is handed out at `now`. One for a channel that anybody may look at is not signed: it routes feedback only. */
export function tokenOf(
  keys: SecretKeys,
  to: { readonly customer: string; readonly channel: number },
  place: DecisionPlace,
  choice: number,
  now: number,
): string {
  const plain = trackingToken(to.customer, place, choice);
  if (!isAddressed(to.channel)) return plain;
  const text = signedText(plain, now);
  const mac = Buffer.from(keys.sign('tracking', text)).toString('base64url', 0, MAC_BYTES);
  return `${text}.${mac}`;
}

/** False for a token whose signature is not ours. */
export function isGenuine(keys: SecretKeys, { signature }: Tracking): boolean {
  if (signature === undefined) return true;
  const mac = Buffer.from(signature.mac, 'base64url');
  // Of several texts that are read as the same bytes one is the token.
  return mac.toString('base64url') === signature.mac && keys.verify('tracking', signature.text, mac);
}

/** A decision with the tokens of what goes to an address of the customer; the decision itself where nothing does. */
export function signedDecision(
  { keys, clock }: Pick<Runtime, 'keys' | 'clock'>,
  outcome: DecideOutcome,
): DecideOutcome {
  if (outcome.kind === 'refused' || outcome.place.seq === 0) return outcome;
  const { place, fact } = outcome;
  if (!fact.choices.some(isSigned)) return outcome;
  const tracking = fact.choices.map((choice, at) => {
    if (!isSigned(choice)) return '';
    return tokenOf(keys, { customer: fact.customer, channel: choice.channel }, place, at, clock.now());
  });
  return { ...outcome, tracking };
}

function isSigned({ kind, channel }: Choice): boolean {
  return kind === 'treatment' && isAddressed(channel);
}
