import type { Command } from 'commander';
import { addExamples } from '../command-line.ts';

/** `attune fuzz`. */
export function registerFuzz(program: Command): void {
  const command = program
    .command('fuzz')
    .description(
      'Send mutated bytes and fields to every method of a service of its own, then verify what it wrote. Exit code 1 when it crashes, hangs, leaks inner text, grows, refuses sound requests, or differs.',
    )
    .option('--requests <count>', 'How many requests are sent.', '100000')
    .option('--seed <number>', 'The same seed sends the same requests.', '1')
    .option(
      '--only <number or range>',
      'Send only these requests of the seed, for example 4711 or 4700-4720.',
    )
    .option('--keep', 'Leave the data directory, and say where it is.')
    .option('--json', 'Print one JSON object.');
  addExamples(command, [
    'npm run -s fuzz -- --requests 100000 --json',
    'npm run -s fuzz -- --seed 7 --only 4711',
  ]).action(async (flags) => (await import('./fuzz.ts')).fuzz(flags));
}
