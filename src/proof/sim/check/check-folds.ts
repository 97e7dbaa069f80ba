import type { LawBook } from '../../../audit/laws/law-book.ts';
import { decodeProfile, encodeProfile } from '../../../codec/stored/profile-codec.ts';
import type { CustomerFact } from '../../../core/fact/fact.ts';
import { fold } from '../../../core/profile/fold.ts';
import type { Profile } from '../../../core/profile/profile.ts';
import { profileFrom } from '../../../core/profile/profile-from.ts';
import type { Journal } from '../journal.ts';

interface Step {
  readonly sequence: number;
  readonly index: number;
  readonly fact: CustomerFact;
}

/** What somebody showed or saved of a profile. */
interface Shown {
  readonly what: string;
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/**
 * State is the fold of the facts that count: every profile that was shown and every snapshot that was saved is the fold
 * at its sequence, byte for byte; folding in two parts, with the profile stored between them, is folding whole.
 */
export function checkFolds(journal: Journal, book: LawBook): void {
  const steps = new Map<string, Step[]>();
  for (const records of journal.landed)
    for (const { sequence, facts, counts } of records) {
      if (!counts) continue;
      for (let index = 0; index < facts.length; index++) {
        const fact = facts[index];
        if (fact === undefined || !('customer' in fact)) continue;
        const known = steps.get(fact.customer) ?? [];
        known.push({ sequence, index, fact });
        steps.set(fact.customer, known);
      }
    }
  const shown = shownOf(journal);
  for (const [customer, own] of steps) {
    checkCustomer(customer, own, shown.get(customer) ?? [], book);
    checkParts(customer, own, book);
    shown.delete(customer);
  }
  for (const [customer, views] of shown)
    for (const { what, seq } of views)
      if (seq > 0) book.broken('fold', `${what} of ${customer} at ${seq}: the log knows nobody of that name`);
}

function shownOf(journal: Journal): Map<string, Shown[]> {
  const shown = new Map<string, Shown[]>();
  const add = (customer: string, view: Shown): void => {
    const views = shown.get(customer) ?? [];
    views.push(view);
    shown.set(customer, views);
  };
  for (const { customer, node, seq, bytes } of journal.reads)
    add(customer, { what: `what ${node} showed`, seq, bytes });
  for (const { id, seq, bytes } of journal.saved) add(id, { what: 'the snapshot', seq, bytes });
  return shown;
}

function checkCustomer(
  customer: string,
  steps: readonly Step[],
  shown: readonly Shown[],
  book: LawBook,
): void {
  const views = shown.toSorted((a, b) => a.seq - b.seq);
  let profile: Profile | undefined;
  let next = 0;
  const compare = (upTo: number): void => {
    let bytes: Uint8Array | undefined;
    for (; next < views.length; next++) {
      const view = views[next] as Shown;
      if (view.seq >= upTo) return;
      // A read of nobody: whether it may still be nobody is the stale read's law.
      if (view.seq === 0) continue;
      // Of nobody, and of whom is forgotten, there is no row.
      const isNobody = profile === undefined || profile.version === 0;
      bytes ??= isNobody ? new Uint8Array(0) : encodeProfile(profile as Profile);
      if (Buffer.compare(bytes, view.bytes) !== 0)
        book.broken('fold', `${view.what} of ${customer} at ${view.seq} is not the fold of the log`);
    }
  };
  for (const { sequence, index, fact } of steps) {
    compare(sequence);
    if (profile === undefined) {
      profile = profileFrom(fact);
      if (profile === undefined)
        return book.broken('fold', `the first fact of ${customer} is a ${fact.kind}`);
    }
    fold(profile, fact, sequence, index);
  }
  compare(Number.POSITIVE_INFINITY);
}

function checkParts(customer: string, steps: readonly Step[], book: LawBook): void {
  const whole = foldAll(steps, -1);
  const parts = foldAll(steps, steps.length >> 1);
  if (whole === undefined || parts === undefined) return;
  if (Buffer.compare(encodeProfile(whole), encodeProfile(parts)) !== 0)
    book.broken('fold', `${customer} folded in two parts is not ${customer} folded whole`);
}

/** `cut`: where the profile is stored and read back, -1 nowhere. */
function foldAll(steps: readonly Step[], cut: number): Profile | undefined {
  let profile: Profile | undefined;
  for (let i = 0; i < steps.length; i++) {
    const { sequence, index, fact } = steps[i] as Step;
    profile ??= profileFrom(fact);
    if (profile === undefined) return undefined;
    if (i === cut) profile = decodeProfile(encodeProfile(profile));
    fold(profile, fact, sequence, index);
  }
  return profile;
}
