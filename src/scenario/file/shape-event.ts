import { z } from 'zod';
import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import {
  allTextsShape,
  countShape,
  durationShape,
  identifiersShape,
  nameShape,
  oneOrMore,
  scalarShape,
  scenarioChannelShape,
  textShape,
  zoneShape,
} from './shape-words.ts';

const amount = z.number().min(-1e9).max(1e9);

const productLine = z.strictObject({
  product_id: textShape,
  size: textShape.optional(),
  variant: textShape.optional(),
  sku: textShape.optional(),
  category: textShape.optional().describe("Without it the catalogue's."),
  brand: textShape.optional().describe("Without it the catalogue's."),
  price: amount.optional().describe("Without it the catalogue's."),
  quantity: countShape.optional().describe('Units; without it one.'),
  coupon: textShape.optional(),
  times: z
    .number()
    .int()
    .min(1)
    .max(REQUEST_BOUNDS.productsPerEventMax)
    .optional()
    .describe('So many such lines, {n} in product_id counting from 0.'),
});

/** What a step may expect of a refused request. */
export const refusalShape = z.strictObject({
  code: textShape.optional().describe('Name of the gRPC status, such as INVALID_ARGUMENT.'),
  field: textShape.optional().describe('The field at fault, such as "identifiers[0].kind".'),
  rule: textShape.optional().describe('Id of the broken rule, such as "event.in_future".'),
  contains: allTextsShape.optional().describe('What the sentence must say.'),
});

export type RefusalExpectation = z.infer<typeof refusalShape>;

export const eventShape = z.strictObject({
  event: textShape.describe(
    'What the customer did, in the words of Segment: "Product Viewed", "Order Completed".',
  ),
  customer: nameShape.optional().describe('Who; without it the first one declared.'),
  identifiers: identifiersShape
    .optional()
    .describe('The keys that it carries; without them all of the customer.'),
  products: oneOrMore(z.union([textShape, productLine]))
    .optional()
    .describe('Products by id, or as mappings with product_id, size, price, quantity.'),
  order: z
    .strictObject({
      order_id: textShape,
      total: amount.optional(),
      revenue: amount.optional().describe('Goods after discount; without it the total.'),
      shipping: amount.optional(),
      tax: amount.optional(),
      discount: amount.optional(),
      coupon: textShape.optional(),
      refund_id: textShape.optional(),
    })
    .optional(),
  properties: z.record(z.string(), scalarShape).optional(),
  channel: scenarioChannelShape.optional().describe('Where; without it web.'),
  session: textShape.optional(),
  ago: durationShape.optional().describe('How long before now it happened.'),
  ahead: durationShape.optional().describe('How long after now it says it happened: a clock that is ahead.'),
  clock_ahead: durationShape
    .optional()
    .describe('It comes from a device whose clock is so far ahead, and says when it was sent (`sent_at`).'),
  clock_behind: durationShape.optional().describe('The same of a clock that is behind.'),
  historical: z.boolean().optional().describe('Folded only: no trigger, no age limit.'),
  id: textShape.optional().describe('Without it a fresh one. The same id again is a retry.'),
  source: textShape.optional().describe('The producer; without it "scenario".'),
  currency: textShape.optional(),
  time_zone: zoneShape.optional().describe("Without it the customer's; null: none."),
  page: textShape.optional(),
  landing: z
    .strictObject({
      dispatch: z
        .strictObject({
          customer: nameShape.optional(),
          channel: scenarioChannelShape.optional(),
          action: textShape.optional(),
        })
        .optional()
        .describe('The message whose link was followed: the newest dispatch that fits.'),
      decision: nameShape.optional().describe('Or the treatment of a decision, as its step named it.'),
      choice: z.number().int().min(0).max(7).optional().describe('Which of its choices; the first, 0.'),
      in: z
        .enum(['page', 'property'])
        .optional()
        .describe('Where the token stands; in the address of the page.'),
      forged: z.boolean().optional().describe('Its last letter is another one.'),
      machine: z.boolean().optional().describe('A link scanner followed it, and the event says so.'),
    })
    .optional()
    .describe('It lands by a link in a message, with its token.'),
  times: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'Send it so many times, each with an id of its own; {n} in order_id counts from 0, as it does over the rounds of `repeat` and `for_each`.',
    ),
  every: durationShape
    .optional()
    .describe('With times: how far apart they are, the last one now (or `ago`).'),
  expect: z
    .strictObject({
      status: z.enum(['accepted', 'duplicate', 'rejected', 'retry']).optional(),
      field: textShape.optional(),
      rule: textShape.optional(),
      contains: allTextsShape.optional(),
      warnings: z
        .union([textShape, z.array(textShape)])
        .optional()
        .describe('Rules of the warnings that it must carry, such as "event.time_zone"; [] for none at all.'),
    })
    .optional()
    .describe('What the service must say of it; without it: accepted.'),
});
export type ScenarioEvent = z.infer<typeof eventShape>;

export const productShape = z.strictObject({
  title: z.string().max(2_000).optional(),
  category: z.string().max(2_000).optional(),
  brand: textShape.optional(),
  price: z.number().optional(),
  margin: z.number().optional(),
  image: textShape.optional(),
  url: textShape.optional(),
  stock: countShape.optional().describe('Of a product without sizes.'),
  sizes: z.record(z.string(), countShape).optional().describe('Units left per size.'),
});
export type ScenarioProduct = z.infer<typeof productShape>;
