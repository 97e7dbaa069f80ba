import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, machine } from '../../node/command/machine.ts';
import { startAttackedService } from './attacked-service.ts';
import { ATTACKS } from './attacks.ts';
import { brokenLaws } from './report.ts';
import { runAttacks } from './run-attacks.ts';

const HELP = `attack [options]

Hostile peers against a service of its own with tokens, 1,024 descriptors and a heap of 512 MiB, from one address and from many.
Beside them a caller asks for a decision every 20 ms, and newcomers connect. Exit code 1 when they are disturbed, when the
service dies or grows, or when an attack did not arrive.

  --only NAME       one attack; several with commas
  --addresses WHICH one, many or both (default both)
  --seconds N       how long each attack lasts (default 8)
  --json            one JSON object as the last line

Attacks: ${Object.keys(ATTACKS).join(', ')}

Examples:
  npm run -s attack -- --json
  npm run -s attack -- --only rapid-reset,held-calls --addresses many
`;

const OPTIONS = {
  only: { type: 'string' },
  addresses: { type: 'string', default: 'both' },
  seconds: { type: 'string', default: '8' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const MANY = 64;
const ADDRESSES: Readonly<Record<string, readonly number[]>> = { one: [1], many: [MANY], both: [1, MANY] };
const AFTER_SECONDS = 30;
const WARM_CALLS = 40_000;
const REPEATS_MAX = 12;

try {
  const values = parseArgs({ options: OPTIONS }).values;
  if (values.help) process.stdout.write(HELP);
  else process.exitCode = await run(values);
} catch (fault) {
  if (!(fault instanceof TypeError)) throw fault;
  refuse(fault.message);
}

async function run(values: {
  only?: string;
  addresses: string;
  seconds: string;
  json: boolean;
}): Promise<number> {
  const names = values.only?.split(',') ?? Object.keys(ATTACKS);
  const addresses = ADDRESSES[values.addresses];
  const seconds = Number(values.seconds);
  const unknown = names.filter((name) => ATTACKS[name] === undefined);
  if (unknown.length > 0) return refuse(`There is no attack ${unknown.join(', ')}`);
  if (addresses === undefined) return refuse('--addresses wants one, many or both');
  if (!(seconds >= 1)) return refuse('--seconds wants a number from 1 on');
  if (process.platform !== 'linux')
    return refuse('Attacks need the many loopback addresses and the /proc of Linux');
  const directory = mkdtempSync(join(tmpdir(), 'attune-attack-'));
  const startMs = performance.now();
  try {
    const result = await runAttacks({
      ...{
        names,
        addresses,
        seconds,
        warmCalls: WARM_CALLS,
        afterSeconds: AFTER_SECONDS,
        repeatsMax: REPEATS_MAX,
      },
      start: () => startAttackedService(mkdtempSync(join(directory, 'service-'))),
      progress: (text) => process.stderr.write(`${text}\n`),
    });
    const broken = brokenLaws(result).map(({ sentence }) => sentence);
    for (const sentence of broken) process.stderr.write(`BROKEN ${sentence}\n`);
    const tookSeconds = Math.round((performance.now() - startMs) / 1_000);
    const report = { ...result, broken, machine: machine(), commit: commit(), seconds: tookSeconds };
    console.log(values.json ? JSON.stringify(report) : report);
    return broken.length === 0 ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function refuse(sentence: string): number {
  process.stderr.write(`${sentence.replace(/\.$/, '')}.\n\n${HELP}`);
  process.exitCode = 2;
  return 2;
}
