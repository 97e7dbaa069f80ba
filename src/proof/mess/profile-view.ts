import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { consentState } from '../../core/profile/consent.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { stageIndex, stageName } from '../../core/trait/stage.ts';

/** What a shop looks at in a customer, in texts that can be compared; money in cents. */
export type ProfileView = Readonly<Record<string, string>>;

export function profileView(profile: Profile, policy: Policy, now: number): ProfileView {
  return {
    orders: `${profile.orderCount}, the last ${new Date(profile.lastOrderAt).toISOString()}, ${profile.discountedOrders} with a discount`,
    spend: cents(profile.revenue),
    owned: listed(profile.owned.map(({ productId, size, quantity }) => [`${productId}/${size}`, quantity])),
    consent: consentText(saidIn(profile.consent)),
    cart: listed(profile.cart.map(({ productId, size, quantity }) => [`${productId}/${size}`, quantity])),
    checkout: profile.checkout === undefined ? 'none' : 'open',
    stage: stageName(stageIndex(profile, policy.stages, now)),
  };
}

/** What differs, as sentences; empty: nothing. */
export function differences(clean: Partial<ProfileView>, messy: ProfileView): string[] {
  return Object.keys(clean)
    .filter((field) => clean[field] !== messy[field])
    .map((field) => `${field}: ${clean[field]} became ${messy[field]}`);
}

function cents(amount: number): string {
  return (Math.round(amount * 100) / 100).toFixed(2);
}

/** Pieces by product and size; what there is none of is not listed. */
export function listed(pieces: readonly (readonly [string, number])[]): string {
  const sums = new Map<string, number>();
  for (const [key, quantity] of pieces) sums.set(key, (sums.get(key) ?? 0) + quantity);
  return [...sums]
    .filter(([, quantity]) => quantity > 0)
    .map(([key, quantity]) => `${quantity} × ${key}`)
    .sort()
    .join(', ');
}

function saidIn(words: ArrayLike<number>): Map<string, boolean> {
  const said = new Map<string, boolean>();
  for (let channel = 0; channel < CHANNELS.length; channel++)
    for (let purpose = 0; purpose < PURPOSES.length; purpose++) {
      const state = consentState(words[channel * PURPOSES.length + purpose] ?? 0);
      if (state !== 0) said.set(`${CHANNELS[channel]} ${PURPOSES[purpose]}`, state === 1);
    }
  return said;
}

/** Words by channel and purpose. */
export function consentText(said: ReadonlyMap<string, boolean>): string {
  return [...said]
    .map(([about, granted]) => `${about} ${granted ? 'yes' : 'no'}`)
    .sort()
    .join(', ');
}
