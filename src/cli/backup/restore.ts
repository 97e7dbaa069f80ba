import type { Values } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { openNewDeployment } from '../../node/backup/new-deployment.ts';
import { restore } from '../../node/backup/restore.ts';
import { restoreDeployment } from '../../node/backup/restore-deployment.ts';
import { EXIT, readSettings } from '../../node/command/command-line.ts';
import { startProgress } from '../../node/command/progress.ts';
import { settingsToMake } from '../../node/deployment-options.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { Observer } from '../../port/observer.ts';
import type { Flags } from '../call/call-service.ts';
import { DEPLOYMENT_RESTORE_OPTIONS } from './backup-options.ts';

/** `attune restore DIR`: exit code 1 when a file of the backup is damaged. Throws CommandError and PortError. */
export async function runRestore(backup: string, flags: Flags): Promise<void> {
  const wanted = readSettings(DEPLOYMENT_RESTORE_OPTIONS, flags);
  if (wanted.store === 'cluster') return restoreCluster(backup, wanted, flags);
  const { dir } = readSettings({ dir: SERVE_OPTIONS.dir }, flags);
  const told: string[] = [];
  const observer: Observer = {
    ...{ count: () => {}, gauge: () => {}, time: () => {}, info: () => {} },
    fault: (sentence) => void told.push(sentence),
  };
  const progress = startProgress('copying files');
  const restored = await restore(
    backup,
    dir,
    observer,
    (done, of) => progress.update(done, of),
    erasuresOf(flags),
  );
  progress.end();
  const { beganAt, shards, records, fromImage, customers, damage } = restored;
  const wrong = [...damage, ...told];
  if (flags['json'] === true) process.stdout.write(`${JSON.stringify({ ...restored, damage: wrong })}\n`);
  else
    process.stdout.write(
      `${[
        `${dir} is as ${backup} has it: ${shards} shards, ${records} records, ${customers} profiles from the images of ${fromImage} shards`,
        `what was acknowledged after ${beganAt} may be missing`,
        ...wrong.map((sentence) => `  ${sentence}`),
        `look at it with: attune verify ${dir}`,
      ].join('\n')}\n`,
    );
  if (wrong.length > 0) process.exitCode = EXIT.found;
}

function erasuresOf(flags: Flags): string | undefined {
  return typeof flags['erasures'] === 'string' ? flags['erasures'] : undefined;
}

async function restoreCluster(
  backup: string,
  wanted: Values<typeof DEPLOYMENT_RESTORE_OPTIONS>,
  flags: Flags,
): Promise<void> {
  const settings = settingsToMake(wanted);
  const progress = startProgress('looking at files');
  const restored = await restoreDeployment({
    ...{ backup, erasures: erasuresOf(flags) },
    open: ({ begins }) => openNewDeployment(settings, quietObserver, begins),
    progress: (done, of) => progress.update(done, of),
  });
  progress.end();
  const { deployment, beganAt, shards, records, segments, images, damage } = restored;
  if (flags['json'] === true) process.stdout.write(`${JSON.stringify(restored)}\n`);
  else
    process.stdout.write(
      `${[
        `the deployment ${deployment} is as ${backup} has it: ${shards} shards, ${records} records, ${segments} archive segments, ${images} images`,
        `what was acknowledged after ${beganAt} may be missing`,
        ...damage.map((sentence) => `  ${sentence}`),
        `serve it with: attune serve --store cluster --deployment ${deployment} --shards ${shards}, and the secret keys of before (KEYS of the backup, where it has them)`,
      ].join('\n')}\n`,
    );
  if (damage.length > 0) process.exitCode = EXIT.found;
}
