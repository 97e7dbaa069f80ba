import { expect, test } from 'vitest';
import { familyOf, shopTreatment } from './treatment.ts';

test.each([
  ['order_confirmation', '', 'care'],
  ['care_fit_check', '', 'care'],
  ['onboarding_first_use', '', 'onboarding'],
  ['cross_sell_accessories', '', 'cross_sell'],
  ['replenish_running_out', '', 'replenish'],
  ['reengage_whats_new', '', 'recommendation'],
  ['hesitation_social_proof', '', 'social_proof'],
  ['hesitation_low_stock', '', 'urgency'],
  ['cart_banner_low_stock', '', 'urgency'],
  ['hesitation_compare_guide', '', 'guide'],
  ['hesitation_size_advice_modal', '', 'guide'],
  ['browse_follow_up', '', 'reminder'],
  ['retarget_cart', '', 'reminder'],
  ['retarget_brand_story', '', 'bulk'],
  ['email_spring_code_reminder', 'percent', 'discount'],
  ['weekly_letter', '', 'bulk'],
  ['cart_banner_delivery_promise', '', 'reminder'],
  ['checkout_free_shipping_live', 'free_shipping', 'free_shipping'],
  ['checkout_notify_me', '', 'notify_me'],
  ['checkout_payment_retry', '', 'reminder'],
  ['loyalist_double_points', 'points', 'recognition'],
  ['recommend_viewed_again', '', 'reminder'],
  ['recommend_category_for_you', '', 'recommendation'],
  ['recommend_popular', '', 'social_proof'],
  ['season_early_access', 'early_access', 'early_access'],
  ['win_back_amount', 'amount', 'discount'],
  ['win_back_reason', '', 'win_back'],
  ['reactivate_gift', 'gift', 'win_back'],
  ['something_new', '', 'bulk'],
])('the action %s with the offer "%s" is of the family %s', (actionId, kind, family) => {
  expect(familyOf(actionId, kind === '' ? undefined : { kind })).toBe(family);
});

test('a served treatment is about its first product', () => {
  const served = {
    actionId: 'cart_reminder',
    channel: 'email',
    productIds: ['coats-001', 'coats-002'],
    offer: undefined,
  };
  expect(shopTreatment('d1', served)).toEqual({
    ref: 'd1',
    family: 'reminder',
    channel: 'email',
    productId: 'coats-001',
    offer: undefined,
  });
});
