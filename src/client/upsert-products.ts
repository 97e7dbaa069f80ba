import type { MessageInitShape } from '@bufbuild/protobuf';
import { type CatalogProductSchema, CatalogService, type UpsertResult } from '../gen/attune/v1/catalog_pb.ts';
import type { Connection } from './connection.ts';

const PRODUCTS_MAX = 1_000;

export type ProductInit = MessageInitShape<typeof CatalogProductSchema>;

/** Adds or replaces products, in calls of at most 1,000; a result per product, in order. */
export async function upsertProducts(
  connection: Connection,
  products: readonly ProductInit[],
): Promise<UpsertResult[]> {
  const results: UpsertResult[] = [];
  for (let at = 0; at < products.length; at += PRODUCTS_MAX) {
    const request = { products: products.slice(at, at + PRODUCTS_MAX) };
    results.push(...(await connection.unary(CatalogService.method.upsert, request)).results);
  }
  return results;
}
