import type { Violation } from '../../codec/wire/violation.ts';
import type { CatalogUpdate } from '../../core/catalog/catalog-columns.ts';
import {
  type CatalogProduct,
  CatalogProductSchema,
  CatalogService,
  UpsertRequestSchema,
} from '../../gen/attune/v1/catalog_pb.ts';
import type { CatalogResult } from '../../port/catalog.ts';
import { invalidRequest, isFailure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { checkMessage, readMessage } from '../validate.ts';

const NO_FAULTS: readonly Violation[] = [];

/** CatalogService.Upsert: each product by itself; a faulty one is refused alone. */
export function upsertProductsRoute(context: ServiceContext): Route {
  return unaryMethod(
    context,
    CatalogService.method.upsert,
    async ({ request: { products }, faults }) => {
      const valid = products.filter((_, at) => (faults[at] ?? NO_FAULTS).length === 0);
      const stored = await context.catalog.upsert(valid.map(updateOf));
      let next = 0;
      const results = products.map(({ productId }, at) => {
        const own = faults[at] ?? NO_FAULTS;
        const violations = own.length > 0 ? [...own] : violationsOf(stored.results[next++], productId);
        return { productId, accepted: violations.length === 0, violations };
      });
      return { results, catalogSequence: BigInt(stored.sequence) };
    },
    { parse: parseBatch },
  );
}

/** The batch with each product's faults, by index; a fault of the batch itself refuses all of it. */
function parseBatch(bytes: Uint8Array) {
  const request = readMessage(UpsertRequestSchema, bytes);
  if (isFailure(request)) return request;
  const found = checkMessage(UpsertRequestSchema, request);
  const whole = found.filter(({ field }) => !field.startsWith('products['));
  if (whole.length > 0) return invalidRequest(whole);
  const faults =
    found.length === 0 ? [] : request.products.map((product) => checkMessage(CatalogProductSchema, product));
  return { request, faults };
}

function updateOf(product: CatalogProduct): CatalogUpdate {
  const { productId, title, category, brand, price, margin, url, image, variants, substitutes } = product;
  return {
    productId,
    title,
    category,
    brand,
    price,
    margin,
    url,
    image,
    variants: variants.map(({ size, stock }) => ({ size, stock })),
    substitutes,
  };
}

function violationsOf(result: CatalogResult | undefined, productId: string): Violation[] {
  if (result === undefined || result.fault === '') return [];
  const { field, rule, fault } = result;
  return [{ field, rule, value: field === '' ? productId : '', message: fault }];
}
