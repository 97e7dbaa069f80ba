import { createHash } from 'node:crypto';
import type { IdentifierInit } from '../../client/identifier-form.ts';
import { listOf, type ScenarioIdentifiers } from '../file/shape-words.ts';

/** A customer's identifiers as they are sent; "hash:anna@example.com" becomes the SHA-256 of the part after "hash:". */
export function wireIdentifiers(identifiers: ScenarioIdentifiers): IdentifierInit[] {
  return Object.entries(identifiers).flatMap(([kind, values]) =>
    listOf(values).map((value) => ({
      kind,
      value: value.startsWith('hash:') ? createHash('sha256').update(value.slice(5)).digest('hex') : value,
    })),
  );
}
