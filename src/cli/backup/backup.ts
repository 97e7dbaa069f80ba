import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { Values } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { type BackedUp, backUp } from '../../node/backup/back-up.ts';
import { backUpDeployment } from '../../node/backup/back-up-deployment.ts';
import { CommandError, EXIT, readSettings } from '../../node/command/command-line.ts';
import { startProgress } from '../../node/command/progress.ts';
import { settingsToRead } from '../../node/deployment-options.ts';
import { type DataDirectory, openDirectory, readFormat } from '../../node/open-directory.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { readClusterStores } from '../../node/read-cluster-stores.ts';
import { writeSharedImage } from '../../node/shared-image.ts';
import { PortError } from '../../port/port-error.ts';
import { writeImage } from '../../runtime/shard/write-image.ts';
import { callService, type Flags } from '../call/call-service.ts';
import { BACKUP_OPTIONS, DEPLOYMENT_BACKUP_OPTIONS } from './backup-options.ts';

/** `attune backup DIR`: of a data directory that a service holds, with its help, or that nobody does. Throws CommandError and PortError. */
export async function runBackup(directory: string, flags: Flags): Promise<void> {
  const wanted = readSettings(DEPLOYMENT_BACKUP_OPTIONS, flags);
  if (wanted.store === 'cluster') return backUpCluster(directory, wanted, flags);
  const { dir } = readSettings({ dir: SERVE_OPTIONS.dir }, flags);
  const { shards } = readFormat(dir);
  const done = await stoppedOrRunning(directory, dir, shards, flags);
  if (flags['json'] === true) process.stdout.write(`${JSON.stringify(done)}\n`);
  else process.stdout.write(`${lines(dir, done).join('\n')}\n`);
}

/** Exit code 1 where something could not be copied, and stands in the backup as damaged. */
async function backUpCluster(
  to: string,
  wanted: Values<typeof DEPLOYMENT_BACKUP_OPTIONS>,
  flags: Flags,
): Promise<void> {
  const deployment = await readClusterStores(settingsToRead(wanted), quietObserver, Date.now, {
    withProfiles: false,
  });
  const progress = startProgress('copying shards');
  try {
    const done = await backUpDeployment({
      ...{ ...deployment, to, secretKeys: wanted.secretKeys },
      progress: (shards, of) => progress.update(shards, of),
    });
    progress.end();
    if (flags['json'] === true) process.stdout.write(`${JSON.stringify(done)}\n`);
    else {
      const keys =
        wanted.secretKeys === '' ? ['the secret keys are not in it: keep their file as carefully'] : [];
      const of = `the deployment ${wanted.deployment}`;
      process.stdout.write(`${[...lines(of, done), ...keys, ...done.damage].join('\n')}\n`);
    }
    if (done.damage.length > 0) process.exitCode = EXIT.found;
  } finally {
    await deployment.stores.close();
  }
}

async function stoppedOrRunning(to: string, dir: string, shards: number, flags: Flags): Promise<BackedUp> {
  let data: DataDirectory;
  try {
    data = await openDirectory(dir, quietObserver);
  } catch (fault) {
    // Held by a service: its own hand writes the images.
    if (!(fault instanceof PortError) || fault.kind !== 'unavailable') throw fault;
    try {
      return await running(to, dir, shards, flags);
    } catch (refused) {
      throw refused instanceof CommandError && refused.exitCode === EXIT.unavailable
        ? new CommandError(`${fault.message}; it is copied with the help of its service:\n${refused.message}`)
        : refused;
    }
  }
  const { stores, generation } = data;
  try {
    const writeImages = async (what: 'shards' | 'shared'): Promise<void> => {
      if (what === 'shared') return void (await writeSharedImage(stores, Date.now()));
      for (let id = 0; id < shards; id++) await writeImage({ id, epoch: 0, runtime: stores }, Date.now());
    };
    const done = await backUp({ from: dir, to, generation, shards, writeImages });
    // It holds what the directory holds: what is wrong there is wrong in the copy.
    for (const { kind, sentence } of stores.findings) {
      process.stderr.write(`${sentence}\n`);
      if (kind === 'loss' || kind === 'blocked') process.exitCode = EXIT.found;
    }
    return done;
  } finally {
    await stores.close();
  }
}

async function running(to: string, dir: string, shards: number, flags: Flags): Promise<BackedUp> {
  const { generation } = readFormat(dir);
  const { address, timeout } = readSettings(
    { address: BACKUP_OPTIONS.address, timeout: BACKUP_OPTIONS.timeout },
    flags,
  );
  const writeImages = async (what: 'shards' | 'shared'): Promise<void> => {
    const reply = await callService({ ...flags, timeout: `${timeout}ms` }, (client) =>
      client.admin.writeImages({ sharedOnly: what === 'shared' }),
    );
    const theirs = existsSync(reply.directory) ? await realpath(reply.directory) : reply.directory;
    if (theirs === (await realpath(dir))) return;
    throw new CommandError(
      `the service at ${BACKUP_OPTIONS.address.show(address)} works in ${reply.directory}, and not in ${dir}: name the service that holds it with --address, or its directory with --dir`,
      EXIT.usage,
    );
  };
  return backUp({ from: dir, to, generation, shards, writeImages });
}

function lines(dir: string, done: BackedUp): string[] {
  const { directory, beganAt, seconds, records, images, segments, files } = done;
  return [
    `${dir} is copied to ${directory}: ${records} records, ${images} images, ${segments} archive segments, ${files} files, in ${seconds.toFixed(1)} s`,
    `what was acknowledged before ${beganAt} is in it`,
    `read it back with: attune restore ${directory} --dir <an empty directory>`,
  ];
}
