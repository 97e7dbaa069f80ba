import { z } from 'zod';
import { ATTRIBUTE_TYPES, type AttributeSpec } from '../core/attribute/attribute.ts';
import { BOUNDS } from '../core/bounds.ts';
import { byId, whole } from './shape-parts.ts';

const attributeShape = z.strictObject(
  {
    type: z
      .enum(ATTRIBUTE_TYPES)
      .describe(
        'text; number; flag: true or false; date: a day, such as 1990-05-17; texts: several texts. A condition takes one that is not known for "", 0.0, false, "" or an empty list.',
      ),
    personal: z
      .boolean()
      .optional()
      .describe(
        'true, and when absent: it says who somebody is (a name, a birthday), so its value stands in no explanation of a decision. false: Explain and why-not tell it.',
      ),
    max_length: whole
      .min(1)
      .max(BOUNDS.attributeChars)
      .optional()
      .describe(
        `For text and texts: characters at most, of several texts all together; a longer value is not kept, and told. ${BOUNDS.attributeChars} when absent.`,
      ),
  },
  'must be a mapping with "type"',
);

export const attributesShape = byId(attributeShape);
type AttributeEntries = z.output<typeof attributesShape>;

export function attributeSpecs(entries: AttributeEntries): readonly AttributeSpec[] {
  return Object.entries(entries).map(([name, { type, personal, max_length }]) => ({
    name,
    type,
    isPersonal: personal ?? true,
    charsMax: max_length ?? BOUNDS.attributeChars,
  }));
}
