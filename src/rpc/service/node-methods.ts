import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import type { DrainRefused } from '../../port/deployment.ts';
import { type Failure, failure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { oneLine } from './one-line.ts';

const ALONE = failure('precondition', 'This service is alone: it shares its shards with no other node.');

/** AdminService.ListNodes and DrainNode. */
export function nodeRoutes(context: ServiceContext): readonly Route[] {
  const { deployment, observer } = context;
  const { listNodes, drainNode } = AdminService.method;
  return [
    unaryMethod(context, listNodes, async () => {
      const nodes = (await deployment?.nodes()) ?? [];
      return {
        nodes: nodes.map(({ id, address, standing, drained }) => ({
          ...{ nodeId: id, address, standing },
          ...(drained !== undefined && {
            drainedBy: drained.by,
            drainedWhy: drained.why,
            drainedSince: timestampFromMs(drained.since),
          }),
        })),
      };
    }),
    unaryMethod(context, drainNode, async (request) => {
      if (deployment === undefined) return ALONE;
      const { node, undo } = request;
      const [by, why] = [oneLine(request.by), oneLine(request.why)];
      const outcome = undo ? await deployment.undrain(node) : await deployment.drain(node, { by, why });
      if (!('shards' in outcome)) return refusal(node, outcome);
      const { kind, address, shards } = outcome;
      if (kind === 'changed') observer.info(orderText(address, { undo, by, why }));
      return { changed: kind === 'changed', address, shards };
    }),
  ];
}

function refusal(node: string, outcome: DrainRefused): Failure {
  switch (outcome.kind) {
    case 'unknown':
      return failure(
        'not_found',
        `No node ${JSON.stringify(node)} lives; those that do: ${outcome.addresses.join(', ')}.`,
      );
    case 'last':
      return failure(
        'precondition',
        `Nobody else could have the shards of ${outcome.address}: start another node, or let a drained one take shards again.`,
      );
    case 'ends':
      return failure(
        'precondition',
        `${outcome.address} is about to end, and gives its shards away by itself.`,
      );
  }
}

function orderText(
  address: string,
  { undo, by, why }: { readonly undo: boolean; readonly by: string; readonly why: string },
): string {
  const because = why === '' ? '' : ` (${why})`;
  return undo
    ? `node ${address} is to take shards again, says ${by}${because}`
    : `node ${address} is to give all its shards away, says ${by}${because}`;
}
