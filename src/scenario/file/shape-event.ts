import { z } from 'zod';
import { allOf, channel, count, duration, name, oneOrMore, scalar, text } from './shape-words.ts';

const amount = z.number().min(-1e9).max(1e9);

const productLine = z.strictObject({
  product_id: text,
  size: text.optional(),
  variant: text.optional(),
  sku: text.optional(),
  category: text.optional().describe("Without it the catalogue's."),
  brand: text.optional().describe("Without it the catalogue's."),
  price: amount.optional().describe("Without it the catalogue's."),
  quantity: count.optional().describe('Units; without it one.'),
  coupon: text.optional(),
});

/** What a step may expect of a refused request. */
export const refusal = z.strictObject({
  code: text.optional().describe('Name of the gRPC status, such as INVALID_ARGUMENT.'),
  field: text.optional().describe('The field at fault, such as "identifiers[0].kind".'),
  rule: text.optional().describe('Id of the broken rule, such as "event.in_future".'),
  contains: allOf.optional().describe('What the sentence must say.'),
});

export type RefusalExpectation = z.infer<typeof refusal>;

export const event = z.strictObject({
  event: text.describe('What she did, in the words of Segment: "Product Viewed", "Order Completed".'),
  customer: name.optional().describe('Who; without it the first one declared.'),
  products: oneOrMore(z.union([text, productLine]))
    .optional()
    .describe('Products by id, or as mappings with product_id, size, price, quantity.'),
  order: z
    .strictObject({
      order_id: text,
      total: amount.optional(),
      revenue: amount.optional().describe('Goods after discount; without it the total.'),
      shipping: amount.optional(),
      tax: amount.optional(),
      discount: amount.optional(),
      coupon: text.optional(),
    })
    .optional(),
  properties: z.record(z.string(), scalar).optional(),
  channel: channel.optional().describe('Where; without it web.'),
  session: text.optional(),
  ago: duration.optional().describe('How long before now it happened.'),
  historical: z.boolean().optional().describe('Folded only: no trigger, no age limit.'),
  id: text.optional().describe('Without it a fresh one. The same id again is a retry.'),
  source: text.optional().describe('The producer; without it "scenario".'),
  currency: text.optional(),
  time_zone: text.optional().describe("Without it the customer's."),
  page: text.optional(),
  times: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Send it so many times, each with an id of its own.'),
  every: duration.optional().describe('With times: how far apart they are, the last one now (or `ago`).'),
  expect: z
    .strictObject({
      status: z.enum(['accepted', 'duplicate', 'rejected', 'retry']).optional(),
      field: text.optional(),
      rule: text.optional(),
      contains: allOf.optional(),
    })
    .optional()
    .describe('What the service must say of it; without it: accepted.'),
});
export type ScenarioEvent = z.infer<typeof event>;

export const product = z.strictObject({
  title: z.string().max(2_000).optional(),
  category: z.string().max(2_000).optional(),
  brand: text.optional(),
  price: z.number().optional(),
  margin: z.number().optional(),
  image: text.optional(),
  url: text.optional(),
  stock: count.optional().describe('Of a product without sizes.'),
  sizes: z.record(z.string(), count).optional().describe('Units left per size.'),
});
export type ScenarioProduct = z.infer<typeof product>;
