import type { Command } from 'commander';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions } from '../../node/command/command-line.ts';

/** `attune models publish`, `rollback` and `list`, of a running service. */
export function registerModelCommands(models: Command): void {
  const publish = models
    .command('publish <path>')
    .description(
      'Check a model and put it in force in a running service, of a deployment in all of its nodes: its folder, or a file in it. One that a node cannot score with comes into force nowhere.',
    )
    .option('--expected <version>', 'Only if this version is in force.')
    .option('--json', 'Print one JSON object.');
  addExamples(addOptions(publish, CLIENT_OPTIONS), [
    'attune models publish models/attune-heads/8-0123456789ab',
    'attune models publish 8-0123456789ab/model.onnx --expected 7-b9772f13eda1',
  ]).action(async (path: string, flags) => (await import('./models-publish.ts')).modelsPublish(path, flags));
  const rollback = models
    .command('rollback [version]')
    .description(
      'Put an earlier model of a running service in force again; without a version the one stored before.',
    )
    .option('--json', 'Print one JSON object.');
  addExamples(addOptions(rollback, CLIENT_OPTIONS), [
    'attune models rollback',
    'attune models rollback 7-b9772f13eda1',
  ]).action(async (version: string | undefined, flags) =>
    (await import('./models-list.ts')).modelsRollback(version, flags),
  );
  const list = models
    .command('list')
    .description('Show the models that a running service keeps, and which of them is in force.')
    .option('--json', 'Print one JSON object (proto-JSON of the reply).');
  addExamples(addOptions(list, CLIENT_OPTIONS), ['attune models list', 'attune models list --json']).action(
    async (flags) => (await import('./models-list.ts')).modelsList(flags),
  );
}
