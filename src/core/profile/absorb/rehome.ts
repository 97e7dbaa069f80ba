import { movedSeq } from '../../identity/home-seq.ts';
import { planId } from '../plan-id.ts';
import { type Profile, SEEN_DECIDE_WIDTH, TIMER_KINDS } from '../profile.ts';

const PLAN = TIMER_KINDS.indexOf('plan');
const SEQ = 3;

/** Gives the decisions of a profile of shard `from` the names that a profile of shard `to` has for them. */
export function rehome(profile: Profile, from: number, to: number): void {
  if (from === to) return;
  const moved = <T extends { readonly seq: number }>(row: T): T => ({
    ...row,
    seq: movedSeq(row.seq, from, to),
  });
  const contacts = profile.contacts.toArray();
  profile.contacts.clear();
  for (const row of contacts) profile.contacts.push(moved(row));
  const pending = profile.pending.toArray();
  while (profile.pending.length > 0) profile.pending.remove(0);
  for (const row of pending) profile.pending.push(moved(row));
  profile.offers.splice(0, profile.offers.length, ...profile.offers.map(moved));
  if (profile.claims.length > 0)
    profile.claims = profile.claims.map((claimed) => ({ ...claimed, link: moved(claimed.link) }));
  if (profile.links.length > 0) {
    profile.links = profile.links.map((link) => ({ ...moved(link), inSeq: movedSeq(link.inSeq, from, to) }));
    profile.trail = profile.trail.map((seq) => movedSeq(seq, from, to));
  }
  profile.audiences = profile.audiences.map((row) => ({ ...row, ref: moved(row.ref) }));
  profile.spentTokens = profile.spentTokens.map(moved);
  const { seenDecides } = profile;
  for (let row = 0; row < seenDecides.length; row += SEEN_DECIDE_WIDTH)
    seenDecides[row + SEQ] = movedSeq(seenDecides[row + SEQ] ?? 0, from, to);
  renamePlans(profile, from, to);
}

/** A plan is called after its decision, and its timer after the plan. */
function renamePlans(profile: Profile, from: number, to: number): void {
  const names = new Map<string, string>();
  const plans = profile.plans.map((plan) => {
    const seq = movedSeq(plan.seq, from, to);
    const id = planId(seq, plan.index, plan.choice);
    names.set(plan.id, id);
    return { ...plan, id, seq };
  });
  profile.plans.splice(0, profile.plans.length, ...plans);
  const timers = profile.timers.map((timer) =>
    timer.kind === PLAN ? { ...timer, key: names.get(timer.key) ?? timer.key } : timer,
  );
  profile.timers.splice(0, profile.timers.length, ...timers);
}
