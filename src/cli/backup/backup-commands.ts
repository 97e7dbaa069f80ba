import type { Command } from 'commander';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions } from '../../node/command/command-line.ts';
import { BACKUP_OPTIONS, DEPLOYMENT_BACKUP_OPTIONS, DEPLOYMENT_RESTORE_OPTIONS } from './backup-options.ts';

/** `attune backup` and `attune restore`: a second copy of the data, on another disk. */
export function registerBackupCommands(program: Command): void {
  const { dir } = SERVE_OPTIONS;
  addExamples(
    addOptions(
      program
        .command('backup <directory>')
        .description(
          'Copy the data directory of this machine, or a deployment on NATS (--store cluster), while its service runs or not, into a new directory: profiles, log, archive, policies, models, catalogue.',
        )
        .option('--json', 'Print one JSON object.'),
      { dir, ...BACKUP_OPTIONS, ...DEPLOYMENT_BACKUP_OPTIONS },
    ),
    [
      'attune backup /mnt/backup/monday',
      'attune backup /mnt/backup/monday --dir /var/lib/attune',
      'attune backup /mnt/backup/monday --store cluster --nats nats.example:4222 --nats-creds auditor.txt --nats-ca ca.pem --secret-keys keys.txt',
    ],
  ).action(async (directory: string, flags) => (await import('./backup.ts')).runBackup(directory, flags));
  addExamples(
    addOptions(
      program
        .command('restore <directory>')
        .description(
          'Read a backup into a data directory that is new or empty, or into a new deployment on NATS (--store cluster); "attune serve" goes on from there.',
        )
        .option(
          '--erasures <file>',
          'The file ERASURES of a younger directory or backup: whoever it names is forgotten before anybody is served.',
        )
        .option('--json', 'Print one JSON object.'),
      { dir, ...DEPLOYMENT_RESTORE_OPTIONS },
    ),
    [
      'attune restore /mnt/backup/monday --dir /var/lib/attune',
      'attune verify /var/lib/attune',
      'attune restore /mnt/backup/monday --store cluster --nats nats.example:4222 --nats-creds node.txt --nats-ca ca.pem --deployment shop',
    ],
  ).action(async (directory: string, flags) => (await import('./restore.ts')).runRestore(directory, flags));
}
