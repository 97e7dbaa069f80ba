import { CHANNELS, PURPOSES } from '../channel.ts';
import type { EventFact } from '../fact/fact.ts';
import { askConsent, dropRefused, endsConfirmed } from './ask-consent.ts';
import { wordAfter } from './consent.ts';
import { toldBy, withProof } from './consent-proof.ts';
import type { Profile } from './profile.ts';

const MARKETING = PURPOSES.indexOf('marketing');

/** A yes or a no for channels and purposes; a yes to marketing may only ask for one that is still to be confirmed. */
export function foldConsent(profile: Profile, fact: EventFact): void {
  const consent = fact.consent;
  if (consent === undefined) return;
  const telling = toldBy(fact);
  const said = Math.min(fact.at, fact.receivedAt);
  let places = 0;
  for (let channel = 0; channel < CHANNELS.length; channel++) {
    if (consent.channel >= 0 && consent.channel !== channel) continue;
    const waits = consent.granted ? consent.waits?.find((wait) => wait.channel === channel) : undefined;
    let stands = waits === undefined;
    for (let purpose = 0; purpose < PURPOSES.length; purpose++) {
      if (consent.purpose >= 0 && consent.purpose !== purpose) continue;
      const place = channel * PURPOSES.length + purpose;
      if (waits !== undefined && purpose === MARKETING) {
        const confirms = consent.confirms === true;
        stands = askConsent(profile, [place], { telling, confirms, waitMs: waits.ms }) !== 0;
        continue;
      }
      const before = profile.consent[place] as number;
      const ends = !consent.granted && endsConfirmed(profile, place, said);
      const word = ends ? -Math.max(said, 1) : wordAfter(before, consent.granted, fact.at, fact.receivedAt);
      if (!consent.granted) dropRefused(profile, place, -said);
      if (word === before) continue;
      profile.consent[place] = word;
      places |= 1 << place;
    }
    // A fresh yes is the customer's own word: it lifts an earlier unsubscribe, never a complaint.
    const stats = profile.channelStats[channel];
    if (consent.granted && stands && stats !== undefined && fact.at > stats.unsubscribedAt)
      stats.unsubscribedAt = 0;
  }
  const proof = { ...telling, places, way: 'event', confirmed: undefined } as const;
  profile.consentProofs = withProof(profile.consentProofs, proof);
}
