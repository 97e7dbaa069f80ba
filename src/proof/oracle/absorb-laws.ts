import { type CountedRecord, personsOf } from '../../audit/laws/causal-order.ts';
import type { LawBook } from '../../audit/laws/law-book.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';

/**
 * What a customer left behind is taken in once by the one to whom their key leads, whatever was killed in between; and nobody ends up
 * as somebody whom they conflict with: `apart` are customers each of whom is a person of their own. Returns how many were taken in.
 */
export function checkAbsorbs(
  shards: readonly (readonly CountedRecord[])[],
  apart: readonly string[],
  book: LawBook,
): number {
  const left = new Map<string, string[]>();
  const takenIn = new Map<string, string[]>();
  const back = new Map<string, number>();
  /** Of those who were forgotten, and whose key may lead to somebody new. */
  const anew = new Map<string, number>();
  const parted = new Map<string, number>();
  const add = (to: Map<string, string[]>, name: string, what: string): void =>
    void to.set(name, [...(to.get(name) ?? []), what]);
  for (const records of shards)
    for (const { facts } of records)
      for (const fact of facts) {
        if (fact?.kind === 'absorb-out' && fact.estate.length > 0)
          add(left, fact.customer, addresseeOfKey(fact.to).id);
        if (fact?.kind === 'absorb-in' && fact.state !== undefined)
          add(takenIn, fact.state.id, fact.customer);
        if (fact?.kind === 'unlinked')
          for (const { key } of fact.parted) {
            const { id } = addresseeOfKey(key);
            parted.set(id, (parted.get(id) ?? 0) + 1);
          }
        if (fact?.kind === 'restored') back.set(fact.customer, (back.get(fact.customer) ?? 0) + 1);
        if (fact?.kind === 'erased') anew.set(fact.customer, (anew.get(fact.customer) ?? 0) + 1);
      }
  for (const [customer, to] of left)
    if (String([...(takenIn.get(customer) ?? [])].sort()) !== String([...to].sort()))
      book.broken(
        'absorb',
        `what ${customer} left for ${to.join(' and ')} was taken in by ${takenIn.get(customer)?.join(' and ') ?? 'nobody'}`,
      );
  for (const [customer, times] of parted)
    if ((back.get(customer) ?? 0) !== times)
      book.broken(
        'absorb',
        `${customer} was parted ${times} times and came back ${back.get(customer) ?? 0} times`,
      );
  for (const [customer, by] of takenIn)
    if (by.length > 1 + (back.get(customer) ?? 0) + (anew.get(customer) ?? 0))
      book.broken('absorb', `${customer} was taken in by ${by.join(' and ')}`);
  const personOf = personsOf(shards);
  const owners = new Map<string, string>();
  for (const customer of apart) {
    const person = personOf(customer);
    const other = owners.get(person);
    if (other !== undefined) book.broken('united', `${other} and ${customer} are two people and became one`);
    owners.set(person, customer);
  }
  return takenIn.size;
}
