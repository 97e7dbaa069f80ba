import type { Subject } from '../candidate/subject.ts';
import type { DecideAsk } from '../decide/decide-env.ts';
import { isPersonal, isPersonalSubject, PROVISIONAL } from '../decide/personal-content.ts';
import { causeAbout } from '../event/cause.ts';
import type { Offer, Slot, Variant } from '../policy/policy.ts';
import { UNTRACKED } from '../trait/stock.ts';
import type { Traits } from '../trait/trait-spec.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { CONTENT_UNFILLABLE } = codes('CONTENT_UNFILLABLE');

/**
 * There is nothing to speak about: an empty cart, nothing viewed; or it would show a stranger what the customer bought. Compared: 0 found,
 * 1 needed; names the kind of subject.
 */
export const subjectFound: Guardrail = {
  scope: 'subject',
  reasons: ['CONTENT_UNFILLABLE'],
  check: (verdict, candidate) =>
    (!candidate.subject.found && verdict.block(CONTENT_UNFILLABLE, 0, 1, candidate.action.subject)) ||
    (candidate.ask.isProvisional === true &&
      isPersonalSubject(candidate.action.subject) &&
      verdict.block(CONTENT_UNFILLABLE, 0, 1, `${PROVISIONAL}${candidate.action.subject}`)),
};

export const content: Guardrail = {
  scope: 'variant',
  reasons: ['CONTENT_UNFILLABLE'],
  check: (verdict, { variant, subject, action, traits, ask }) =>
    contentUnfillable(verdict, variant, subject, action.offer, traits, ask),
};

/** A required blank has no value, or one that nobody but the customer is to see. Compared: 0 values, 1 needed; names the blank. */
function contentUnfillable(
  verdict: Verdict,
  variant: Variant,
  subject: Subject,
  offer: Offer | undefined,
  traits: Traits,
  { cause, isProvisional = false }: DecideAsk,
): boolean {
  const slots = variant.slots;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot;
    if (!slot.required) continue;
    if (!hasValue(slot, subject, offer, traits, cause))
      return verdict.block(CONTENT_UNFILLABLE, 0, 1, slot.name);
    if (isProvisional && isPersonal(slot.source))
      return verdict.block(CONTENT_UNFILLABLE, 0, 1, `${PROVISIONAL}${slot.name}`);
  }
  return false;
}

function hasValue(
  slot: Slot,
  subject: Subject,
  offer: Offer | undefined,
  traits: Traits,
  cause: string,
): boolean {
  const source = slot.source;
  switch (source.kind) {
    case 'text':
      return source.text !== '';
    case 'offer':
      return offer !== undefined && (source.field !== 'code' || offer.code !== '');
    case 'message':
      return true;
    case 'moment':
      return causeAbout(cause) !== '';
    case 'trait': {
      const value = (traits as Readonly<Record<string, unknown>>)[source.name];
      return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
    }
    case 'attribute':
      return traits.attributes.value(source.name, source.type) !== undefined;
    case 'subject':
      switch (source.field) {
        case 'title':
          return subject.title !== '';
        case 'product_id':
          return subject.product !== '';
        case 'price':
          return subject.price > 0;
        case 'size':
          return subject.size !== '';
        case 'stock':
          return subject.stock !== UNTRACKED && (slot.max === undefined || subject.stock <= slot.max);
        case 'category':
          return subject.category !== '';
        case 'brand':
          return subject.brand !== '';
        case 'url':
          return subject.url !== '';
        case 'image':
          return subject.image !== '';
      }
  }
}
