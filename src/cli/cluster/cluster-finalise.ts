import { callService, type Flags } from '../call/call-service.ts';
import { byIn } from '../call/pause.ts';

/** `attune cluster finalise`: raises the core revision of a deployment. Throws CommandError. */
export async function clusterFinalise(flags: Flags): Promise<void> {
  const { changed, coreRevision, previousCoreRevision } = await callService(flags, ({ admin }) =>
    admin.finaliseRevision(byIn(flags)),
  );
  const answer = { changed, core_revision: coreRevision, previous_core_revision: previousCoreRevision };
  const text = changed
    ? `core revision ${coreRevision} is in force (before: ${previousCoreRevision})`
    : `core revision ${coreRevision} is in force already, and no node carries a later one`;
  process.stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : `${text}\n`);
}
