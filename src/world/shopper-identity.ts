import { hash128Hex } from '../base/hash.ts';
import { channelIndex } from '../core/channel.ts';
import type { EventContextInput, IdentifierInput } from '../core/event/event-input.ts';
import { type CustomerTruth, consents } from './customer-truth.ts';

/** The keys under which the shop's systems know a customer, strongest first, of the starter policy's kinds; each event carries all. */
export function shopperIdentifiers(x: CustomerTruth): readonly IdentifierInput[] {
  const number = String(x.index).padStart(7, '0');
  if (!x.known) return [{ kind: 'anonymous', value: `cookie-${number}` }];
  const identifiers: IdentifierInput[] = [
    { kind: 'crm', value: `c${number}` },
    ...(x.storeShopper ? [{ kind: 'loyalty', value: `l${number}` }] : []),
    { kind: 'email_sha256', value: sha256Like(`customer${number}@example.org`) },
  ];
  if (x.hasPhone) identifiers.push({ kind: 'phone_sha256', value: sha256Like(`+49100${number}`) });
  if (x.hasApp) identifiers.push({ kind: 'push_token', value: `device-${number}` });
  if (consents(x, channelIndex('web_push')))
    identifiers.push({ kind: 'web_push', value: `browser-${number}` });
  return identifiers;
}

export function contextOf(x: CustomerTruth, page: string, channel: string): EventContextInput {
  const device = channel === 'app' ? 'phone' : channel === 'store' ? '' : x.hasApp ? 'phone' : 'desktop';
  return { timeZone: x.zone, locale: x.locale, device, page };
}

// Nobody's address is behind it: 64 hexadecimal digits that look like a digest are all that is needed.
function sha256Like(text: string): string {
  return hash128Hex(text, 1) + hash128Hex(text, 2);
}
