/**
 * What a customer got of actions that may reach them once only (`cap: once`), when the contact ledger has let go of it: one
 * number an action and channel, for good. Part of the profile; the fold appends, the caps read.
 *
 * I1  What the ledger knows is not here: a message that comes back refunds itself there.
 * I2  At most BOUNDS.once; a full one forgets nothing, and the caps then let nothing more go that goes once.
 */
import { BOUNDS } from '../bounds.ts';
import { CONTACT_MARKS } from './ledger-rows.ts';
import type { Profile } from './profile.ts';

/** More than there are channels: 48 bits of the action and 4 of the channel are one exact number. */
const CHANNELS_MAX = 16;

/** `actionHash` of an entry. */
export function onceAction(entry: number): number {
  return Math.floor(entry / CHANNELS_MAX);
}

export function onceChannel(entry: number): number {
  return entry % CHANNELS_MAX;
}

/** Before the oldest contact leaves the ledger. */
export function rememberOnce({ contacts, once }: Profile): void {
  if (contacts.length === 0 || !contacts.counts(0) || !contacts.hasMark(0, CONTACT_MARKS.once)) return;
  const entry = contacts.actionHash(0) * CHANNELS_MAX + contacts.channel(0);
  if (once.length < BOUNDS.once && !once.includes(entry)) once.push(entry);
}
