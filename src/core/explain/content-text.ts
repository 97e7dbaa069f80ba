/** What a content was missing, in words. */
import { PROVISIONAL } from '../decide/personal-content.ts';
import type { Action, Policy, Slot, SubjectKind } from '../policy/policy.ts';
import type { Removal } from './removal.ts';

const NOTHING_OF: Readonly<Record<Exclude<SubjectKind, 'owned'>, string>> = {
  none: '',
  cart: 'the cart was empty',
  viewed: 'no product had been looked at',
  category: 'no category was known to be liked',
  ordered: 'nothing had been ordered',
};

/** A clause that goes behind "because": which value of what was unknown, and who does not tell it where that is certain. */
export function contentClause({ ref, action: index, variant, product }: Removal, policy: Policy): string {
  const action = policy.actions[index];
  if (ref.startsWith(PROVISIONAL))
    return `only a link in a message says whose browser this is, and "${ref.slice(PROVISIONAL.length)}" in its content would show who they are`;
  const nothing = action === undefined || product !== '' || ref !== action.subject ? '' : nothingOf(action);
  if (nothing !== '') return `there was nothing to speak about: ${nothing}`;
  const slot = action?.variants[variant]?.slots.find(({ name }) => name === ref);
  const why = slot === undefined ? '' : unknownText(slot, product);
  return `nothing was known to fill "${ref}" in its content with${why === '' ? '' : `: ${why}`}`;
}

function nothingOf({ subject, ownedCategory }: Action): string {
  return subject === 'owned'
    ? `the customer owns nothing of category ${JSON.stringify(ownedCategory)}`
    : NOTHING_OF[subject];
}

function unknownText({ source, max }: Slot, product: string): string {
  switch (source.kind) {
    case 'text':
    case 'message':
      return '';
    case 'offer':
      return `it has no offer with a ${source.field.replace('_', ' ')}`;
    case 'moment':
      return 'no news of an order or a case asked for it';
    case 'trait':
      return `the customer's ${source.name} is not known`;
    case 'attribute':
      return `the shop has not told the customer's ${source.name}`;
    case 'subject':
      if (product === '') return `its subject has no ${source.field.replace('_', ' ')}`;
      return productText(source.field, product, max);
  }
}

type Field = Extract<Slot['source'], { kind: 'subject' }>['field'];

function productText(field: Field, product: string, max: number | undefined): string {
  switch (field) {
    case 'title':
      // Every product of the catalogue has a title.
      return `the catalogue does not have product ${product}`;
    case 'url':
    case 'image':
      return `the catalogue has no ${field} of product ${product}`;
    case 'stock':
      return max === undefined
        ? `the stock of product ${product} is not known`
        : `the stock of product ${product} is not known or above ${max}`;
    case 'size':
      return `no size of product ${product} is known to be the customer's`;
    default:
      return `neither the catalogue nor an event told the ${field} of product ${product}`;
  }
}
