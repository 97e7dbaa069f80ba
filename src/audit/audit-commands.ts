import type { Command } from 'commander';
import { addExamples, addOptions } from '../node/command/command-line.ts';
import { DEPLOYMENT_OPTIONS } from '../node/deployment-options.ts';
import { DOCTOR_OPTIONS } from './doctor-options.ts';

/** `attune inspect` and `attune verify`, which read a data directory that no service holds, and `attune doctor`. */
export function registerAuditCommands(program: Command): void {
  const inspect = program
    .command('inspect <directory>')
    .description(
      'Show what a data directory holds, and where it is damaged (exit code 1). No service may hold it.',
    )
    .option('--json', 'Print one JSON object, with every shard.');
  addExamples(inspect, ['attune inspect .attune/data', 'attune inspect .attune/data --json']).action(
    async (directory: string, flags: { json?: boolean }) => {
      process.exitCode = await (await import('./inspect.ts')).inspect(directory, flags);
    },
  );
  const verify = program
    .command('verify [directory]')
    .description(
      'Fold the log again and compare with snapshots and images; derive every decision again and compare bytes. Of a data directory that no service holds, or of a deployment on NATS and Redis (--store cluster), whose nodes may serve meanwhile; it changes nothing. Exit code 1 on a difference, and where something is damaged or missing.',
    )
    .option('--json', 'Print one JSON object.');
  addOptions(verify, DEPLOYMENT_OPTIONS);
  addExamples(verify, [
    'attune verify .attune/data',
    'attune verify .attune/data --json',
    'attune verify --store cluster --nats nats.example:4222 --nats-creds auditor.txt --nats-ca ca.pem --redis redis.example:6379 --redis-credentials auditor.txt --redis-ca ca.pem',
  ]).action(async (directory: string | undefined, flags) =>
    (await import('./verify-command.ts')).verify(directory, flags),
  );
  const doctor = program
    .command('doctor')
    .description(
      'Look at a data directory, or at the NATS and Redis of a deployment: settings, clocks, versions, room, what a crash may take. A line for each, with what to do; exit code 1 where something is bad. It changes nothing.',
    )
    .option('--json', 'Print one JSON object.');
  addOptions(doctor, DOCTOR_OPTIONS);
  addExamples(doctor, [
    'attune doctor --dir .attune/data',
    'attune doctor --store cluster --nats nats.example:4222 --nats-creds reader.txt --nats-ca ca.pem --redis redis.example:6379 --redis-credentials reader.txt --redis-ca ca.pem',
  ]).action(async (flags) => {
    process.exitCode = await (await import('./doctor.ts')).doctor(flags);
  });
}
