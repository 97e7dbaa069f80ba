import { suggestName } from '../base/nearest-name.ts';
import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';
import { POLICY_LIMITS as LIMITS } from '../core/policy/policy-limits.ts';
import { TRAITS } from '../core/trait/trait-spec.ts';
import { MESSAGE_FIELDS, MOMENT_FIELDS, OFFER_FIELDS, SUBJECT_FIELDS } from './action-shape.ts';
import { DEFAULT_LOCALE, liquidFaults } from './liquid-wording.ts';
import type { SourceEntry } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';
import { textFaults } from './slot-text.ts';
import type { YamlPath } from './yaml-source.ts';

const traitNames: readonly string[] = TRAITS.map((spec) => spec.name);

/** What slots may name besides traits and the fields of a subject and an offer. */
export interface SlotNames {
  /** Undefined where they cannot be read. */
  readonly attributes: readonly string[] | undefined;
  /** A trigger of kind event proposes the action. */
  readonly byNews: boolean;
}

/** Faults of an action's variants: too many, slots without a source, blanks without a slot. */
export function contentFaults(entry: SourceEntry, names: SlotNames): PolicyFault[] {
  const { source, raw } = entry;
  const variants = valueAt(raw, ['variants']);
  if (typeof variants !== 'object' || variants === null) return [];
  const faults: PolicyFault[] = [];
  const ids = Object.keys(variants);
  const path = [...entry.path, 'variants'];
  if (ids.length === 0)
    faults.push(source.faultAt(path, `${path.join('.')} is empty; an action needs at least one variant`));
  if (ids.length > LIMITS.variants)
    faults.push(
      source.faultAt(path, `${path.join('.')} has ${ids.length} entries; the limit is ${LIMITS.variants}`),
    );
  for (const id of ids) {
    const at = [...path, id];
    const rawSlots = valueAt(variants, [id, 'slots']);
    const slots = typeof rawSlots === 'object' && rawSlots !== null ? Object.keys(rawSlots) : [];
    if (slots.length > LIMITS.slots)
      faults.push(
        source.faultAt(
          [...at, 'slots'],
          `${at.join('.')}.slots has ${slots.length} entries; the limit is ${LIMITS.slots}`,
        ),
      );
    for (const slot of slots)
      faults.push(...slotFaults(entry, [...at, 'slots', slot], valueAt(rawSlots, [slot]), names));
    faults.push(...wordingFaults(entry, at, valueAt(variants, [id]), slots));
    const text = valueAt(variants, [id, 'text']);
    if (typeof text !== 'string') continue;
    for (const fault of textFaults(text, slots)) {
      faults.push(source.faultInside([...at, 'text'], fault.offset, `${at.join('.')}.text ${fault.message}`));
    }
  }
  return faults;
}

/** Faults of a variant's words in Liquid, each text's own. */
function wordingFaults(
  { source }: SourceEntry,
  path: YamlPath,
  variant: unknown,
  slots: readonly string[],
): PolicyFault[] {
  const raw = valueAt(variant, ['liquid']);
  const at = [...path, 'liquid'];
  const name = at.join('.');
  if (raw !== undefined && valueAt(variant, ['text']) !== undefined)
    return [source.faultAtKey(at, `${name} stands in place of text: say one of them`)];
  const faultsIn = (place: YamlPath, text: unknown): PolicyFault[] =>
    (typeof text === 'string' ? liquidFaults(text, slots) : []).map(({ offset, message }) =>
      source.faultInside(place, offset, `${place.join('.')} ${message}`),
    );
  if (typeof raw !== 'object' || raw === null) return faultsIn(at, raw);
  const faults = Object.entries(raw).flatMap(([locale, text]) => faultsIn([...at, locale], text));
  if (!Object.hasOwn(raw, DEFAULT_LOCALE))
    faults.push(source.faultAtKey(at, `${name} has no "${DEFAULT_LOCALE}" for everybody else`));
  return faults;
}

function slotFaults(
  entry: SourceEntry,
  slotPath: YamlPath,
  raw: unknown,
  { attributes, byNews }: SlotNames,
): PolicyFault[] {
  const from = valueAt(raw, ['from']);
  if (typeof from !== 'string') return [];
  const path = [...slotPath, 'from'];
  const dot = from.indexOf('.');
  const [root, field] = [from.slice(0, dot), from.slice(dot + 1)];
  const known: readonly string[] =
    root === 'subject'
      ? SUBJECT_FIELDS
      : root === 'offer'
        ? OFFER_FIELDS
        : root === 'moment'
          ? MOMENT_FIELDS
          : root === 'message'
            ? MESSAGE_FIELDS
            : root === 'trait'
              ? traitNames
              : [];
  const fault = (message: string): PolicyFault[] => [
    entry.source.faultAt(path, `${path.join('.')} is ${showValue(from)}${message}`),
  ];
  if (root === 'attributes' && attributes !== undefined && !attributes.includes(field))
    return fault(
      `, but policy.yaml declares no attribute ${showValue(field)}${suggestName(field, attributes)}`,
    );
  if (known.length === 0) return [];
  if (!known.includes(field))
    return fault(`, but there is no ${root} ${showValue(field)}${suggestName(field, known)}`);
  if (
    valueAt(raw, ['max']) !== undefined &&
    (from !== 'subject.stock' || valueAt(raw, ['required']) === false)
  ) {
    const place = [...slotPath, 'max'];
    return [
      entry.source.faultAtKey(place, `${place.join('.')} has a meaning only for a required subject.stock`),
    ];
  }
  const subject = valueAt(entry.raw, ['subject']);
  if (root === 'subject' && subject === 'none') return fault(', but the action has the subject "none"');
  // A category is no product: it has no title, price or stock.
  if (root === 'subject' && subject === 'category' && field !== 'category') {
    return fault(', but the action has the subject "category"; of that there is only subject.category');
  }
  if (root === 'offer' && valueAt(entry.raw, ['offer']) === undefined)
    return fault(', but the action has no offer');
  if (root === 'moment' && !byNews) return fault(', but no trigger of kind event proposes the action');
  return [];
}
