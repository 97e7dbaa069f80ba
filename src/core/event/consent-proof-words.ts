/** What an event of a consent says of its proof: optional properties, each a text of BOUNDS.consentWordChars characters at most. */
import { BOUNDS } from '../bounds.ts';
import type { ConsentWords } from '../fact/fact.ts';
import type { EventInput, PropertyValue } from './event-input.ts';
import type { EventNotes } from './event-notes.ts';
import { indexProperties, propertyPath, textFrom } from './property-words.ts';

/** By the property under which an understood event has it: the keys of all names that are read. */
const NAMES = [
  ['proof', ['proof', 'proofurl', 'proofid', 'receipt']],
  ['form', ['form', 'formid', 'formname', 'page']],
  ['text_version', ['textversion', 'consentversion', 'consenttextversion']],
] as const;

/** The properties that differ from those given; undefined: none does. What is too long is cut, with a warning. */
export function proofProperties(
  properties: EventInput['properties'],
  notes: EventNotes,
): Record<string, PropertyValue> | undefined {
  const index = indexProperties(properties);
  let changed: Record<string, PropertyValue> | undefined;
  for (const [name, keys] of NAMES) {
    const text = textFrom(index, keys);
    if (text === '') continue;
    const kept = text.slice(0, BOUNDS.consentWordChars);
    if (kept !== text)
      notes.warn(
        propertyPath(name),
        'event.consent_proof',
        '',
        `has more than ${BOUNDS.consentWordChars} characters, and is cut`,
      );
    if (properties?.[name] === kept) continue;
    changed ??= {};
    changed[name] = kept;
  }
  return changed;
}

/** Of an understood event; undefined: it says nothing of a proof. */
export function consentWords(properties: EventInput['properties']): ConsentWords | undefined {
  const [proof, form, textVersion] = [
    wordOf(properties, 'proof'),
    wordOf(properties, 'form'),
    wordOf(properties, 'text_version'),
  ];
  if (proof === '' && form === '' && textVersion === '') return undefined;
  return { proof, form, textVersion };
}

function wordOf(properties: EventInput['properties'], name: string): string {
  const value = properties?.[name];
  return typeof value === 'string' ? value : '';
}
