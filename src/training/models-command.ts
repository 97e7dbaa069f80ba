import type { Command } from 'commander';
import { textOption, toggleOption, wholeNumberOption } from '../config/option.ts';
import { addOptions, readSettings } from '../node/command/command-line.ts';

/** The options of `attune models train`. */
export const TRAIN_OPTIONS = {
  modelsDir: textOption({
    default: 'models',
    placeholder: 'folder',
    help: 'Where the model goes, as attune-heads/<number>-<digest>/.',
  }),
  trainingDir: textOption({
    default: 'models/training',
    placeholder: 'folder',
    help: 'The Python project that trains; its packages come from its uv.lock.',
  }),
  policyDir: textOption({
    default: 'policies/starter',
    placeholder: 'folder',
    help: 'The policy that the shop lives under, with more exploration and a larger holdout.',
  }),
  customers: wholeNumberOption({
    default: 1_000,
    min: 20,
    max: 100_000,
    help: 'Customers of each of the two long simulated shops.',
  }),
  days: wholeNumberOption({
    default: 120,
    min: 20,
    max: 365,
    help: 'How long they live, in virtual days: long enough for customers to be silent for months.',
  }),
  check: toggleOption({
    default: false,
    help: 'Do it all twice and fail unless both runs give the same bytes.',
  }),
} as const;

/** `attune models train`. Returns the group, which other commands join. */
export function registerModels(program: Command): Command {
  const models = program
    .command('models')
    .description('Train the models that score decisions, and put them in force.');
  addOptions(models.command('train'), TRAIN_OPTIONS)
    .description(
      'Let the simulated shop live under the service, train on the log that it wrote, verify the model, write it with its card. Prints one JSON object.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  attune models train\n  attune models train --check\n  attune models train --customers 200 --days 60 --models-dir .attune/trial',
    )
    .action(async (flags) =>
      (await import('./train-models.ts')).trainModels(readSettings(TRAIN_OPTIONS, flags)),
    );
  return models;
}
