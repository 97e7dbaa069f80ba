import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import type { ProductInit } from '../../client/upsert-products.ts';
import { CatalogProductSchema } from '../../gen/attune/v1/catalog_pb.ts';
import { isObject } from '../send/json-value.ts';

/** The product of one line: attune.v1.CatalogProduct as proto-JSON. Throws an Error with a sentence. */
export function readProductLine(line: string): ProductInit {
  const json = parsed(line);
  if (!isObject(json)) throw new Error('a line must hold one JSON object');
  try {
    return fromJson(CatalogProductSchema, json as JsonValue);
  } catch (fault) {
    throw new Error(
      `this is no attune.v1.CatalogProduct: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (fault) {
    throw new Error(`this is not JSON: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}
