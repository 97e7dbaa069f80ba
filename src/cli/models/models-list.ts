import { toJson } from '@bufbuild/protobuf';
import { ListModelsReplySchema } from '../../gen/attune/v1/admin_pb.ts';
import { callService, type Flags } from '../call/call-service.ts';
import { timeText } from '../call/choice-text.ts';

/** `attune models list`: a line a model, the newest first. Throws CommandError. */
export async function modelsList(flags: Flags): Promise<void> {
  const reply = await callService(flags, ({ admin }) => admin.listModels());
  if (flags['json'] === true)
    return void process.stdout.write(`${JSON.stringify(toJson(ListModelsReplySchema, reply))}\n`);
  const inForce = reply.models.find((model) => model.inForce)?.version;
  const lines = reply.models.map(
    ({ version, storedAt, sha256, ...model }) =>
      `${version}  stored ${timeText(storedAt)}  sha256 ${sha256.slice(0, 12)}${model.inForce ? '  in force' : ''}`,
  );
  const other = reply.scoring === inForce ? [] : [`${reply.scoring} scores on this node`];
  process.stdout.write(`${[...lines, ...other].join('\n')}\n`);
}

/** `attune models rollback [version]`. Throws CommandError. */
export async function modelsRollback(wanted: string | undefined, flags: Flags): Promise<void> {
  const { version, previousVersion } = await callService(flags, ({ admin }) => admin.rollbackModel(wanted));
  process.stdout.write(
    flags['json'] === true
      ? `${JSON.stringify({ version, previous_version: previousVersion })}\n`
      : version === previousVersion
        ? `${version} is in force already; nothing changed\n`
        : `${version} is in force again (before: ${previousVersion})\n`,
  );
}
