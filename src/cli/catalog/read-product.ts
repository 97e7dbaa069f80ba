import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import type { ProductInit } from '../../client/upsert-products.ts';
import { CatalogProductSchema } from '../../gen/attune/v1/catalog_pb.ts';
import { parseJsonLine } from '../json-line.ts';

/** The product of one line: attune.v1.CatalogProduct as proto-JSON. Throws an Error with a sentence. */
export function readProductLine(line: string): ProductInit {
  const json = parseJsonLine(line);
  try {
    return fromJson(CatalogProductSchema, json as JsonValue);
  } catch (fault) {
    throw new Error(
      `this is no attune.v1.CatalogProduct: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
}
