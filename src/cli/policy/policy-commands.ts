import type { Command } from 'commander';
import { CLIENT_OPTIONS, SERVE_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions, CommandError, EXIT } from '../../node/command/command-line.ts';
import type { EstimateFlags } from './estimate/policy-estimate.ts';
import type { CommandOutcome } from './policy-check.ts';

const LISTS = [
  ['reasons', 'Print every "why not", what it means, and what to do about it.'],
  [
    'traits',
    'Print everything that a condition can ask, with unit, window, the value when unknown, and an example.',
  ],
  ['events', 'Print every event that is understood, with what it needs, what it does, and its other names.'],
] as const;

/** `attune policy …`, for the people who write policies. Returns the group, which other commands join. */
export function registerPolicyCommands(program: Command): Command {
  const policy = program.command('policy').description('Check, compare, apply and test policies.');
  addExamples(
    policy
      .command('check <directory>')
      .description(
        'Print every fault of a policy with file and line; or what is probably not meant, which is no fault, and what the policy holds.',
      )
      .option(
        '--catalog <file>',
        'Products as `attune catalog` loads them, "-" for stdin: warn of categories and products that are not among them.',
      )
      .option('--json', 'Print one JSON object.'),
    [
      'attune policy check policies/starter',
      'attune policy check policies/shop --catalog products.jsonl --json',
    ],
  ).action(async (directory: string, flags: CheckFlags) => {
    const [{ checkPolicyDirectory }, { readKnownGoods }] = await Promise.all([
      import('./policy-check.ts'),
      import('../catalog/read-known-goods.ts'),
    ]);
    const goods = flags.catalog === undefined ? undefined : await readKnownGoods(flags.catalog);
    const { report, ...outcome } = checkPolicyDirectory(directory, goods);
    if (flags.json !== true || report === undefined) return print(outcome);
    process.stdout.write(`${JSON.stringify(report)}\n`);
    if (outcome.exitCode !== 0) print(outcome);
  });
  addExamples(
    policy
      .command('diff <before> <after>')
      .description('Say in sentences what changes between two policies.'),
    ['attune policy diff policies/starter policies/shop'],
  ).action(async (before: string, after: string) => {
    const { diffPolicyDirectories } = await import('./policy-check.ts');
    print(diffPolicyDirectories(before, after));
  });
  addExamples(
    addOptions(
      policy
        .command('apply <directory>')
        .description('Put a policy in force in a running service; a faulty one is not applied.')
        .option('--expected <version>', 'Only if this version is in force.')
        .option('--json', 'Print one JSON object.'),
      CLIENT_OPTIONS,
    ),
    [
      'attune policy apply policies/shop',
      'attune policy apply policies/shop --expected starter@1934e665d39d',
    ],
  ).action(async (directory: string, flags) =>
    (await import('./policy-apply.ts')).policyApply(directory, flags),
  );
  addExamples(
    addOptions(
      policy
        .command('estimate [action]')
        .description(
          'Say of each action, or of one in more words, from which lift on it is worth sending, what it is worth as the policy stands, and how long a holdout takes to show it.',
        )
        .option(
          '--dir <folder>',
          "A policy's directory; or a data directory that no service holds, such as a restored backup: its policy in force, its prices, and how many buy in a week without a message.",
        )
        .option(
          '--customers <n>',
          'Customers whom an action can reach in a week; those of --dir when absent, or 10,000.',
        )
        .option('--json', 'Print one JSON object.'),
      { policyDir: SERVE_OPTIONS.policyDir, modelsDir: SERVE_OPTIONS.modelsDir },
    ),
    [
      'attune policy estimate',
      'attune policy estimate cart_reminder --dir policies/shop --customers 40000',
      'attune policy estimate --dir .attune/data --policy-dir policies/shop --json',
    ],
  ).action(async (action: string | undefined, flags: EstimateFlags) =>
    (await import('./estimate/policy-estimate.ts')).policyEstimate(action, flags),
  );
  for (const [name, what] of LISTS) {
    addExamples(policy.command(name).description(what).option('--json', 'Print one JSON object.'), [
      `attune policy ${name}`,
    ]).action(async (flags: { readonly json?: boolean }) =>
      (await import('./print-list.ts')).printList(name, flags.json === true),
    );
  }
  addExamples(
    policy
      .command('schema')
      .description("Print the JSON Schemas of a policy's files, or write them.")
      .option('--write', 'Write policies/schema/*.json.'),
    ['attune policy schema', 'attune policy schema --write'],
  ).action(async (flags: { readonly write?: boolean }) =>
    (await import('./print-schema.ts')).printPolicySchemas(flags.write === true),
  );
  return policy;
}

interface CheckFlags {
  readonly catalog?: string;
  readonly json?: boolean;
}

/** Prints the outcome of a command; throws CommandError unless its exit code is 0. */
function print({ lines, exitCode }: CommandOutcome): void {
  if (exitCode === 0) process.stdout.write(`${lines.join('\n')}\n`);
  else throw new CommandError(lines.join('\n'), exitCode === 1 ? EXIT.found : EXIT.usage);
}
