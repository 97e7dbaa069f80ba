/** The customer's word on each channel and purpose: see core/profile/consent.ts. */
import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { CONSENT_DENIED, CONSENT_GRANTED, consentAt, consentState } from '../../core/profile/consent.ts';
import type { ByteReader } from './byte-reader.ts';
import { readByteRuns, writeByteRuns } from './byte-runs.ts';
import type { ByteWriter } from './byte-writer.ts';

const WORDS = CHANNELS.length * PURPOSES.length;
const states = new Uint8Array(WORDS);

/** Yes, no or nothing for each channel and purpose; when the customer said it has a section of its own. */
export function writeConsent(writer: ByteWriter, consent: number[]): void {
  for (let i = 0; i < WORDS; i++) states[i] = consentState(consent[i] as number);
  writer.u8(WORDS);
  writeByteRuns(writer, states, WORDS);
}

/** Each word as if it was said before all others, which `readConsentTimes` corrects. */
export function readConsent(reader: ByteReader, consent: number[]): void {
  const stored = reader.u8();
  if (stored === 0 || stored > WORDS) reader.fail(`consents, not ${stored}`);
  readByteRuns(reader, states, stored);
  for (let i = 0; i < stored; i++) consent[i] = wordOf(reader, states[i] as number, 1);
}

/** Whether the customer's words have times that `readConsent` alone would not give them. */
export function hasConsentTimes(consent: number[]): boolean {
  for (let i = 0; i < WORDS; i++) if (consentAt(consent[i] as number) > 1) return true;
  return false;
}

/** Of each word that the customer said, near the one before it: most are said together. */
export function writeConsentTimes(writer: ByteWriter, consent: number[], base: number): void {
  let near = base;
  for (let i = 0; i < WORDS; i++) {
    const at = consentAt(consent[i] as number);
    if (at === 0) continue;
    writer.near(at, near);
    near = at;
  }
}

export function readConsentTimes(reader: ByteReader, consent: number[], base: number): void {
  let near = base;
  for (let i = 0; i < WORDS; i++) {
    const word = consent[i] as number;
    if (word === 0) continue;
    near = reader.near(near);
    if (!(near > 0)) reader.fail(`a time of consent above 0, not ${near}`);
    consent[i] = word > 0 ? near : -near;
  }
}

function wordOf(reader: ByteReader, state: number, at: number): number {
  if (state > CONSENT_DENIED) reader.fail(`a consent of 0, 1 or 2, not ${state}`);
  return state === CONSENT_GRANTED ? at : state === CONSENT_DENIED ? -at : 0;
}
