import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { author } from './author.ts';

const command = newProgram('author')
  .description(
    'What an author of a policy meets: shops that were written from the guide alone, with their stories; policies with a planted fault, each of which must be warned of; and every example of docs/policy, run as a reader would. Exit code 1 when anything does not hold.',
  )
  .option('--json', 'Print one JSON object.');
addExamples(command, ['npm run -s author -- --json']).action(author);
await runProgram(command);
