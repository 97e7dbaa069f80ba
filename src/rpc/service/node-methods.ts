import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import type { DrainRefused } from '../../port/deployment.ts';
import { type Failure, failure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { oneLine } from './one-line.ts';

const ALONE = failure('precondition', 'This service is alone: it shares its shards with no other node.');

/** AdminService.ListNodes, DrainNode and FinaliseRevision. */
export function nodeRoutes(context: ServiceContext): readonly Route[] {
  const { deployment, observer } = context;
  const { listNodes, drainNode, finaliseRevision } = AdminService.method;
  return [
    unaryMethod(context, listNodes, async () => {
      const { nodes, core } = (await deployment?.view()) ?? { nodes: [], core: 0 };
      return {
        coreRevision: core,
        nodes: nodes.map(({ id, address, standing, drained, revisions }) => ({
          ...{ nodeId: id, address, standing, coreRevisions: [...revisions] },
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
    unaryMethod(context, finaliseRevision, async (request) => {
      if (deployment === undefined) return ALONE;
      const outcome = await deployment.finalise();
      if (outcome.kind === 'behind') {
        const each = outcome.nodes.map(
          ({ address, revisions }) => `${address} carries ${revisions.join(', ')}`,
        );
        return failure(
          'precondition',
          `Core revision ${outcome.core} is not finalised while a node lives that does not carry it: ${each.join('; ')}.`,
        );
      }
      const { kind, core, previous } = outcome;
      if (kind === 'changed')
        observer.info(
          `core revision ${core} is finalised (before: ${previous}), says ${oneLine(request.by)}`,
        );
      return { changed: kind === 'changed', coreRevision: core, previousCoreRevision: previous };
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
