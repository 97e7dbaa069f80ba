import type { Profile } from './profile.ts';

/** Takes `quantity` pieces out of the cart, whatever the size; a quantity of 0 takes all. */
export function removeFromCart(profile: Profile, productId: string, quantity: number): void {
  let left = quantity > 0 ? quantity : Number.POSITIVE_INFINITY;
  for (let i = profile.cart.length - 1; i >= 0 && left > 0; i--) {
    const item = profile.cart[i];
    if (item === undefined || item.productId !== productId) continue;
    if (item.quantity > left) {
      item.quantity -= left;
      return;
    }
    left -= item.quantity;
    profile.cart.splice(i, 1);
  }
}

/** What stands in the cart, in currency. */
export function cartValue(profile: Profile): number {
  let value = 0;
  for (const item of profile.cart) value += item.price * item.quantity;
  return value;
}
