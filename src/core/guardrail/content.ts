import type { Subject } from '../candidate/subject.ts';
import type { Offer, Slot, Variant } from '../policy/policy.ts';
import { UNTRACKED } from '../trait/stock.ts';
import type { Traits } from '../trait/trait-spec.ts';
import { codes, type Verdict } from './verdict.ts';

const { CONTENT_UNFILLABLE } = codes('CONTENT_UNFILLABLE');

/** A required blank has no value. Compared: 0 values, 1 needed; names the blank. */
export function contentUnfillable(
  verdict: Verdict,
  variant: Variant,
  subject: Subject,
  offer: Offer | undefined,
  traits: Traits,
): boolean {
  const slots = variant.slots;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot;
    if (slot.required && !hasValue(slot, subject, offer, traits)) {
      return verdict.block(CONTENT_UNFILLABLE, 0, 1, slot.name);
    }
  }
  return false;
}

/** There is nothing to speak about: an empty cart, nothing viewed. Names the kind of subject. */
export function subjectMissing(verdict: Verdict, subject: Subject, kind: string): boolean {
  return !subject.found && verdict.block(CONTENT_UNFILLABLE, 0, 1, kind);
}

function hasValue(slot: Slot, subject: Subject, offer: Offer | undefined, traits: Traits): boolean {
  const source = slot.source;
  switch (source.kind) {
    case 'text':
      return source.text !== '';
    case 'offer':
      return offer !== undefined && (source.field !== 'code' || offer.code !== '');
    case 'trait': {
      const value = (traits as Readonly<Record<string, unknown>>)[source.name];
      return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
    }
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
