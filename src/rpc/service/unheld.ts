import type { Unheld } from '../../port/editions.ts';
import { type Failure, failure } from '../failure.ts';

/** An edition that some nodes cannot put in force, so none does. */
export function unheldFailure(what: string, nodes: readonly Unheld[]): Failure {
  const each = nodes.map(({ address, why }) => `${address}: ${why}`).join('; ');
  return failure('precondition', `${what} is not in force, because not every node can have it: ${each}.`);
}
