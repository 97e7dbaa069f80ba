import { z } from 'zod';
import { refusalShape } from './shape-event.ts';
import { identifiersShape, nameShape, textShape } from './shape-words.ts';

// What somebody at a desk says of who is one person, and who is two.

export const linkShape = z
  .strictObject({
    customer: nameShape.optional().describe('Whose keys; without it the first one declared.'),
    identifiers: identifiersShape.optional().describe('The keys; without them all of the customer.'),
    as: nameShape.optional().describe('Names the link, for unlink.'),
    by: textShape.optional().describe('Who says so; operator.'),
    why: textShape.optional(),
    expect: z
      .strictObject({
        warnings: z.array(textShape).optional().describe('Rules of the warnings, all of them.'),
        refused: refusalShape.optional(),
      })
      .optional(),
  })
  .describe('Keys are said to be one person’s.');
export type LinkStep = z.infer<typeof linkShape>;

export const unlinkShape = z
  .strictObject({
    link: nameShape.optional().describe('The name that a link step gave (as).'),
    customer: nameShape.optional().describe('Instead: the last link that brought somebody to this customer.'),
    by: textShape.optional().describe('Who says so; operator.'),
    why: textShape.optional(),
    expect: z
      .strictObject({
        persons: z.number().int().min(1).optional().describe('How many there are now; 2.'),
        refused: refusalShape.optional(),
      })
      .optional(),
  })
  .refine(({ link, customer }) => (link === undefined) !== (customer === undefined), {
    error: 'must name one of link and customer',
  })
  .describe('A link is undone.');
export type UnlinkStep = z.infer<typeof unlinkShape>;
