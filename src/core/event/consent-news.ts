/** What an event about consent did to words that need a confirmation. */
import { CHANNELS, PURPOSES } from '../channel.ts';
import type { EventFact } from '../fact/fact.ts';
import { proofAt, proofsOf } from '../profile/consent-proof.ts';
import type { Profile } from '../profile/profile.ts';
import { type EventWarning, warning } from './event-warning.ts';

const MARKETING = PURPOSES.indexOf('marketing');

/**
 * After `fact` was folded: the channels, with commas between them, whose yes waits for its confirmation since, or that were confirmed by
 * it. '' for none: it was a no, needed no confirmation, or stood already.
 */
export function consentAbout(profile: Profile, { consent, source, id }: EventFact): string {
  const channels: string[] = [];
  for (const { channel } of consent?.waits ?? []) {
    const place = channel * PURPOSES.length + MARKETING;
    const telling =
      consent?.confirms === true
        ? proofAt(proofsOf(profile.consentProofs), place)?.confirmed
        : (profile.consent[place] ?? 0) > 0
          ? undefined
          : profile.consentRequests.find((row) => row.place === place && !row.confirms)?.telling;
    if (telling?.id === id && telling.source === source) channels.push(CHANNELS[channel] as string);
  }
  return channels.join(',');
}

/** Before `fact` is folded: of a yes whose time is over already, and of a confirmation of nothing that is known. Undefined: neither. */
export function oddConsent(profile: Profile, fact: EventFact): readonly EventWarning[] | undefined {
  const { consent, at, receivedAt } = fact;
  const warnings: EventWarning[] = [];
  for (const { channel, ms } of consent?.waits ?? []) {
    const place = channel * PURPOSES.length + MARKETING;
    const on = CHANNELS[channel] as string;
    if (consent?.confirms !== true) {
      if (at + ms > receivedAt) continue;
      const sentence = `says a yes on ${on} that had to be confirmed within ${ms / 1000} s, and that time is over: without its Consent Confirmed it is none. Where it was confirmed elsewhere, send confirmed: true`;
      warnings.push(warning('properties["granted"]', 'event.consent_lapsed', '', `\`granted\` ${sentence}.`));
      continue;
    }
    const isAsked = profile.consentRequests.some(
      (row) => row.place === place && !row.confirms && row.from <= at && at <= row.until,
    );
    if (isAsked || (profile.consent[place] ?? 0) > 0) continue;
    const sentence = `confirms no yes on ${on} that waits at that time: it counts only if such a one arrives later`;
    warnings.push(warning('name', 'event.consent_unasked', fact.name, `\`name\` ${sentence}.`));
  }
  return warnings.length === 0 ? undefined : warnings;
}
