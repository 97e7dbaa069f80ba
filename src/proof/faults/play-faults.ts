/** `npm run cluster:faults`: each failure on a deployment of its own, one after the other. */
import { join } from 'node:path';
import { CommandError, EXIT, wholeNumberFlag } from '../../node/command/command-line.ts';
import { type ProofFlags, runProof } from '../run-proof.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults.ts';
import { type FaultsReport, type PlayedFault, runFaults } from './run-faults.ts';

export interface FaultsFlags extends ProofFlags {
  readonly only?: string;
  readonly takeovers: string;
  readonly restarts: string;
  readonly list?: boolean;
}

type Line = { readonly name: string } & Omit<FaultsReport, 'played'> & PlayedFault;

/** Throws CommandError for a flag that says nothing. */
export async function playFaults(flags: FaultsFlags): Promise<void> {
  if (flags.list === true) {
    for (const { name, does } of FAULTS) process.stdout.write(`${name.padEnd(40)} ${does}\n`);
    return;
  }
  const chosen = FAULTS.filter(({ name }) => flags.only === undefined || name === flags.only);
  if (chosen.length === 0)
    throw new CommandError(
      `--only "${flags.only}" is none of: ${FAULTS.map(({ name }) => name).join(', ')}`,
      EXIT.usage,
    );
  const times: Readonly<Record<string, number>> = {
    'node killed': wholeNumberFlag('--takeovers', flags.takeovers, 1),
    'node ended': wholeNumberFlag('--restarts', flags.restarts, 1),
  };
  await runProof(flags, {
    ...{ name: 'faults', doing: 'playing failures', count: chosen.length },
    run: async ({ seed, directory, progress }) => {
      const faults: Line[] = [];
      for (const [at, fault] of chosen.entries()) {
        faults.push(
          await playOne(fault, {
            seed,
            directory: join(directory, String(at)),
            times: times[fault.name] ?? 1,
          }),
        );
        progress(at + 1);
      }
      return { faults, ...totals(faults) };
    },
    faults: ({ lost, doubled, broken }) => lost + doubled + broken,
  });
}

async function playOne(
  fault: Fault,
  { seed, directory, times }: { readonly seed: number; readonly directory: string; readonly times: number },
): Promise<Line> {
  const { played, ...report } = await runFaults({
    ...{ faults: [fault], seed, directory, timesOf: () => times, isTimed: true },
    progress: (said) => void process.stderr.write(`\n${said}`),
  });
  const figures = played[fault.name] as PlayedFault;
  return { name: fault.name, ...report, ...figures };
}

/** Of all failures together, and what was measured by one of them. */
function totals(faults: readonly Line[]) {
  const sum = (figure: 'lost' | 'doubled' | 'broken'): number =>
    faults.reduce((all, line) => all + line[figure], 0);
  const killed = faults.find(({ name }) => name === 'node killed');
  const ended = faults.find(({ name }) => name === 'node ended');
  return {
    ...{ lost: sum('lost'), doubled: sum('doubled'), broken: sum('broken') },
    ...killed?.measures,
    ...(ended && { ...ended.measures, handoffErrors: ended.errors }),
  };
}
