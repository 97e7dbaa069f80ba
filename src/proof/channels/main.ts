import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { channels } from './channels.ts';

const command = newProgram('channels')
  .description(
    'Serve channels of which one is dead, one slow, one flapping and one saying everything three times, beside healthy ones, in pairs of rounds with the same load and without them. A pair during which other processes use the machine is tried again, and does not count for how long others wait. Exit code 1 when callers or healthy channels are slowed down by more than half at p99, or a dispatch is lost or counts twice.',
  )
  .option('--rounds <count>', 'Pairs of rounds that are to count.', '5')
  .option('--seconds <count>', 'How long each round of a pair is measured.', '8')
  .option('--keep', 'Leave the data directories, and say where they are.')
  .option('--json', 'Print one JSON object.');
addExamples(command, ['npm run -s channels -- --json', 'npm run -s channels -- --rounds 1 --keep']).action(
  channels,
);
await runProgram(command);
