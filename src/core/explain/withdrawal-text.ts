import type { Choice } from '../fact/fact.ts';
import type { Reason } from '../reason.ts';

/** Why a message was taken back or a plan dropped: a clause that goes behind "because". `note`: what the fact says beside the code. */
export function withdrawalClause(reason: Reason, { product }: Choice, note = ''): string {
  switch (reason) {
    case 'PURCHASED_PRODUCT':
      return product === ''
        ? 'the customer bought what it promoted'
        : `the customer bought product ${product}`;
    case 'PURCHASED_CATEGORY':
      return 'the customer bought something of its category';
    case 'ORDERED':
      return 'the customer bought, and nothing was left in the cart';
    case 'ERASED':
      return 'the customer asked to be forgotten';
    case 'CONSENT_MISSING':
      return 'the customer has withdrawn consent';
    case 'UNSUBSCRIBED':
      return 'the customer unsubscribed';
    case 'COMPLAINED':
      return 'the customer complained';
    case 'UNREACHABLE':
      return 'the customer could not be reached there any more';
    case 'CASE_OPEN':
      return 'the customer opened a support case';
    case 'SUPERSEDED':
      return 'there was newer news of the same';
    case 'CAME_BACK':
      return 'the customer came back';
    case 'EXPIRED':
      return 'it was too old';
    case 'PAUSED':
      return `it was paused, and what waited was to be withdrawn${note === '' ? '' : ` (${note})`}`;
    case 'OUT_OF_STOCK':
      return product === '' ? 'it was sold out' : `product ${product} was sold out in the customer's size`;
    case 'CONTENT_UNFILLABLE':
      return 'what it says was not true any more';
    case 'OFFER_ENDED':
      return 'its offer was over, or was not made any more';
    case 'MARGIN_FLOOR':
      return 'at the price of the moment its offer left too little of the order';
    case 'BUDGET_EXHAUSTED':
      return 'the budget of its offer was cut';
    case 'CAP_ACTION':
    case 'CAP_CHANNEL':
    case 'CAP_KIND':
    case 'CAP_TOTAL':
      return 'it was more than the cap allows, with what the customer had been sent by way of another key of theirs';
    case 'JOURNEY_CHANGED':
      return 'the policy does not have the action, or this way to say it, any more';
    default:
      return `of ${reason}`;
  }
}
