import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { propertyFiles } from './property-files.ts';
import { type PropertiesReport, runProperties } from './run-properties.ts';

const HELP = `properties [options]

Runs every property test of the tree again and again, each time with fresh seeds, until the minutes are over. Ends with 1
when one failed, or when there was none to run. A case that it finds belongs in the tree: as an example of its property, or
as a test of its own.

  --minutes N  how long; the round under way is finished (default 3)
  --file PATH  only this test file; may be given again
  --json       one JSON object as the last line

Examples:
  npm run -s properties -- --minutes 3 --json
  npm run -s properties -- --minutes 1 --file src/core/profile/fold.test.ts
`;

const ROOT = join(import.meta.dirname, '..', '..', '..');

const OPTIONS = {
  minutes: { type: 'string', default: '3' },
  file: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parsed>;

const values = given();
if (values !== undefined) process.exitCode = await run(values);

function parsed() {
  return parseArgs({ options: OPTIONS }).values;
}

/** The options given; undefined when there is nothing to run: help was asked for, or they are wrong, which was printed. */
function given(): Values | undefined {
  try {
    const values = parsed();
    if (!(Number(values.minutes) >= 0)) return refuse('--minutes wants a number');
    if (!values.help) return values;
    process.stdout.write(HELP);
    return undefined;
  } catch (fault) {
    return refuse((fault instanceof Error ? fault.message : String(fault)).split('. ')[0] ?? '');
  }
}

function refuse(sentence: string): undefined {
  process.stderr.write(`${sentence.replace(/\.$/, '')}.\n\n${HELP}`);
  process.exitCode = 2;
}

async function run({ minutes, file, json }: Values): Promise<number> {
  const report = await runProperties({
    minutes: Number(minutes),
    files: file ?? propertyFiles(ROOT),
    root: ROOT,
    progress: ({ minutes, runs, failed }) =>
      process.stderr.write(`${minutes.toFixed(1)} min: ${runs} runs, ${failed} failed\n`),
  });
  for (const line of json ? [JSON.stringify(report)] : linesOf(report)) console.log(line);
  return report.failed === 0 && report.properties > 0 ? 0 : 1;
}

function linesOf({ minutes, runs, properties, failures }: PropertiesReport): string[] {
  return [
    ...failures.map(
      ({ test, seed, path, counterexample, why }) =>
        `FAILED ${test}\n  { seed: ${seed}, path: '${path}' }\n  ${counterexample}\n  ${why}`,
    ),
    `${properties} properties, ${runs} runs in ${minutes} minutes, ${failures.length} failed`,
  ];
}
