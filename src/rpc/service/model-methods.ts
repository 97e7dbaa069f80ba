import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { LIMITS } from '../../config/limits.ts';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import type { ModelOutcome, ModelTaken } from '../../port/models.ts';
import { type Failure, failure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { unheldFailure } from './unheld.ts';

/** The model with its card and gRPC's own bytes around them. */
const MODEL_MESSAGE_BYTES_MAX = LIMITS.publishedModelBytesMax + 1_024;

/** AdminService.PublishModel, RollbackModel and ListModels. */
export function modelRoutes(context: ServiceContext): readonly Route[] {
  const { models } = context;
  const { publishModel, rollbackModel, listModels } = AdminService.method;
  return [
    unaryMethod(
      context,
      publishModel,
      async ({ card, model, expectedVersion }) => {
        const files = { card: Buffer.from(card).toString('utf8'), model };
        const outcome = await models.publish(files, expectedVersion || undefined);
        if (outcome.kind === 'faulty') {
          const version = await inForce(context);
          return { published: false, faults: [...outcome.faults], version, previousVersion: version };
        }
        if (outcome.kind !== 'taken') return refusal(outcome, '');
        tell(context, outcome);
        return { published: true, version: outcome.version, previousVersion: outcome.previous };
      },
      { messageBytesMax: MODEL_MESSAGE_BYTES_MAX },
    ),
    unaryMethod(context, rollbackModel, async ({ version }) => {
      const outcome = await models.rollback(version || undefined);
      if (outcome.kind === 'faulty') return failure('precondition', `${outcome.faults.join('; ')}.`);
      if (outcome.kind !== 'taken') return refusal(outcome, version);
      tell(context, outcome);
      return { version: outcome.version, previousVersion: outcome.previous };
    }),
    unaryMethod(context, listModels, async () => ({
      models: (await models.list()).map(({ at, ...kept }) => ({ ...kept, storedAt: timestampFromMs(at) })),
      scoring: models.scoring,
    })),
  ];
}

async function inForce({ models }: ServiceContext): Promise<string> {
  return (await models.list()).find((kept) => kept.inForce)?.version ?? '';
}

function refusal(
  outcome: Exclude<ModelOutcome, { readonly kind: 'taken' | 'faulty' }>,
  version: string,
): Failure {
  switch (outcome.kind) {
    case 'conflict': {
      const now = outcome.inForce === '' ? 'no model is in force' : `${outcome.inForce} is in force`;
      return failure('aborted', `Another model was expected: ${now}. Nothing changed.`);
    }
    case 'unheld':
      return unheldFailure(`Model ${outcome.version}`, outcome.nodes);
    case 'unknown':
      return version === ''
        ? failure('precondition', 'There is no model before it.')
        : failure('not_found', `No model of version "${version}" is kept.`);
  }
}

/** A line in the service's log. */
function tell({ observer }: Pick<ServiceContext, 'observer'>, { version, previous }: ModelTaken): void {
  if (version !== previous)
    observer.info(`model ${version} scores (before: ${previous || 'none'}), published by a call`);
}
