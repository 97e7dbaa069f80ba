/**
 * What a dispatch says when its channel takes it. Between the decision and that moment (nobody serves the channel, it was
 * refused for now, it was not answered) prices, stock and offers change: its words are filled again with those of the moment, and
 * what does not hold any more is not handed over.
 *
 * What was decided about the customer stands: the product, its size, the locale, blanks of traits and attributes. Of a product that the
 * catalogue does not have nothing newer is known, so what was decided of it stands as well.
 */
import { discountOf } from '../arbitration/expected-value.ts';
import { orderMarginOf, orderValueOf, type SubjectOrder } from '../candidate/order-value.ts';
import { soldOut } from '../candidate/promotable.ts';
import type { CatalogView, ProductView } from '../catalog/catalog.ts';
import type { DecideEnv } from '../decide/decide-env.ts';
import { type ContentContext, moneyText, offerText, saidText } from '../decide/fill-content.ts';
import { TRACKING_MARK } from '../decide/tracking-mark.ts';
import type { Choice, Content, FactOffer, SentContent } from '../fact/fact.ts';
import { marginBroken } from '../guardrail/margin.ts';
import { Verdict } from '../guardrail/verdict.ts';
import type { Action, Policy, Slot, Variant } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { type Reason, type ReasonCode, reasonCode } from '../reason.ts';
import { stockOf, UNTRACKED } from '../trait/stock.ts';
import { contentAsSent, sentContent, slotOf } from './sent-content.ts';

export type LateContent =
  /** `sent`: how it differs from what was decided; undefined: in nothing. */
  | { readonly kind: 'says'; readonly content: Content | undefined; readonly sent: SentContent | undefined }
  /** Something of it does not hold any more. */
  | { readonly kind: 'never'; readonly reason: ReasonCode };

/** What the words of a hand-over depend on besides the customer. */
export type HandOverEnv = Pick<DecideEnv, 'policy' | 'catalog' | 'now' | 'zones' | 'formats'>;

const MILLION = 1_000_000;

/** What `choice`, which was decided earlier, says at `env.now`. `recorded`: a replay, whose words of the formats stand. */
export function lateContent(
  profile: Profile,
  choice: Choice,
  env: HandOverEnv,
  recorded?: Content,
): LateContent {
  const { policy, catalog, now } = env;
  const action = policy.actions.find((known) => known.id === choice.action);
  const variant = action?.variants.find((known) => known.id === choice.variant);
  if (action === undefined || variant === undefined) return never('JOURNEY_CHANGED');
  const { offer, content: decided } = choice;
  if (offer !== undefined) {
    if (offer.until <= now || !isStillMade(offer, action)) return never('OFFER_ENDED');
    if (isBeyondBudget(offer, policy)) return never('BUDGET_EXHAUSTED');
  }
  if (decided === undefined) return { kind: 'says', content: undefined, sent: undefined };
  const product = choice.product === '' ? undefined : catalog.get(choice.product);
  const size = toldSize(variant, decided) ?? sizeOf(profile, action, choice.product);
  const stock = product === undefined ? UNTRACKED : stockOf(product, size, profile);
  const verdict = new Verdict();
  if (choice.promotion && soldOut(verdict, choice.product, stock))
    return { kind: 'never', reason: verdict.code };
  if (isMarginLost(verdict, profile, action, product, env)) return { kind: 'never', reason: verdict.code };
  const fill: Fill = { choice, decided, product, stock, context: contextOf(profile, choice, env, recorded) };
  const said = fillAgain(variant, fill);
  if (said === undefined) return never('CONTENT_UNFILLABLE');
  const sent = sentContent(decided, said, catalog.sequence);
  return { kind: 'says', content: contentAsSent(decided, sent), sent };
}

function never(reason: Reason): LateContent {
  return { kind: 'never', reason: reasonCode(reason) };
}

/** The policy of today makes the offer that the customer was to get. */
function isStillMade({ offer, kind, depth, code }: FactOffer, action: Action): boolean {
  const made = action.offer;
  return made?.id === offer && made.kind === kind && made.depth === depth && made.code === code;
}

/** A whole day of the budget does not cover any more what was reserved of it: the policy has cut it since. */
function isBeyondBudget({ reserved }: FactOffer, { budgets }: Policy): boolean {
  if (reserved === undefined) return false;
  const budget = budgets.find((known) => known.id === reserved.budget);
  return budget !== undefined && reserved.discount + reserved.message > Math.round(budget.perDay * MILLION);
}

/** The size that it names; undefined: it names none. */
function toldSize({ slots }: Variant, decided: Content): string | undefined {
  const told = slots.find(({ source }) => source.kind === 'subject' && source.field === 'size');
  return told === undefined ? undefined : slotOf(decided, told.name) || undefined;
}

/** The size in which the customer wants the product, or has it; '' unknown. */
function sizeOf({ cart, viewed, owned }: Profile, { subject }: Action, product: string): string {
  switch (subject) {
    case 'cart':
      return cart.findLast(({ productId }) => productId === product)?.size ?? '';
    case 'viewed': {
      const place = viewed.find(product);
      return place < 0 ? '' : viewed.size(place);
    }
    case 'ordered':
    case 'owned':
      return owned.findLast(({ productId }) => productId === product)?.size ?? '';
    default:
      return '';
  }
}

/** At today's price the offer would leave too little of the order. */
function isMarginLost(
  verdict: Verdict,
  profile: Profile,
  action: Action,
  product: ProductView | undefined,
  { policy, catalog }: HandOverEnv,
): boolean {
  const order = action.subject === 'cart' ? cartOrder(profile, catalog) : productOrder(product);
  if (action.offer === undefined || order.orderValue <= 0) return false;
  const value = orderValueOf(action, order);
  const margin = orderMarginOf(action, order, value);
  return marginBroken(verdict, action, policy, value, margin, discountOf(action.offer, value));
}

function productOrder(product: ProductView | undefined): SubjectOrder {
  return { orderValue: product?.price ?? 0, orderMargin: product?.margin ?? Number.NaN };
}

function cartOrder({ cart }: Profile, catalog: CatalogView): SubjectOrder {
  let orderValue = 0;
  let orderMargin = 0;
  for (const { productId, price, quantity } of cart) {
    orderValue += price * quantity;
    orderMargin += (catalog.get(productId)?.margin ?? Number.NaN) * quantity;
  }
  return { orderValue, orderMargin };
}

function contextOf(
  profile: Profile,
  { content, offer }: Choice,
  { policy, now, zones, formats }: HandOverEnv,
  recorded: Content | undefined,
): ContentContext {
  const { zone } = profile;
  return {
    locale: content?.locale ?? '',
    shop: policy,
    goes: now,
    offerUntil: offer?.until ?? 0,
    clock: { offsetAt: (at) => (zone === '' ? Number.NaN : zones.offsetMin(zone, at)) },
    zones,
    formats,
    // Blanks of it stand as they were decided.
    about: '',
    // What it left out then stays out.
    isProvisional: false,
    recorded,
  };
}

/** What blanks are filled with. */
interface Fill {
  readonly choice: Choice;
  readonly decided: Content;
  /** Undefined: it is about none, or about one that the catalogue does not have. */
  readonly product: ProductView | undefined;
  readonly stock: number;
  readonly context: ContentContext;
}

/** The variant's words of this moment; undefined: a blank that it cannot do without has no value. */
function fillAgain(variant: Variant, fill: Fill): Content | undefined {
  const slotNames: string[] = [];
  const slotValues: string[] = [];
  for (const slot of variant.slots) {
    const value = valueNow(slot, fill);
    if (value === '') {
      if (slot.required) return undefined;
      continue;
    }
    slotNames.push(slot.name);
    slotValues.push(value);
  }
  const rendered = saidText(variant, slotNames, slotValues, fill.context);
  return { ...fill.decided, templateId: variant.templateId, slotNames, slotValues, rendered };
}

function valueNow(slot: Slot, { choice, decided, product, stock, context }: Fill): string {
  const { source } = slot;
  const stands = slotOf(decided, slot.name);
  switch (source.kind) {
    case 'text':
      return source.text;
    case 'trait':
    case 'attribute':
    case 'moment':
      return stands;
    case 'message':
      return TRACKING_MARK;
    case 'offer':
      return offerText(source.field, choice.offer, slot, context);
    case 'subject':
      break;
  }
  if (product === undefined) return stands;
  switch (source.field) {
    case 'price':
      return product.price > 0 ? moneyText(product.price, slot, context) : stands;
    case 'stock':
      return stock === UNTRACKED || (slot.max !== undefined && stock > slot.max) ? '' : String(stock);
    case 'title':
    case 'category':
    case 'brand':
    case 'url':
    case 'image':
      return product[source.field] || stands;
    case 'product_id':
    case 'size':
      return stands;
  }
}
