import { join } from 'node:path';
import { renderFault } from '../../core/policy/policy-fault.ts';
import { policyDiff } from '../../policy/policy-diff.ts';
import { PolicyDirectoryError, parsePolicyDirectory } from '../../policy/policy-directory.ts';
import { budgetLines } from './budget-lines.ts';

/** What a command has to say, and its exit code: 0 sound, 1 faulty (or different), 2 not readable. */
export interface CommandOutcome {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1 | 2;
}

/** Checks a policy's directory: every fault as `file:line:column: sentence`, or a line that says what it holds and one for each budget. */
export function checkPolicyDirectory(directory: string): CommandOutcome {
  return readable(() => {
    const parsed = parsePolicyDirectory(directory);
    if (!parsed.ok) {
      const lines = parsed.faults.map((fault) =>
        renderFault({ ...fault, file: join(directory, fault.file) }),
      );
      return { lines: [...lines, counted(lines.length, 'fault')], exitCode: 1 };
    }
    const { version, actions, offers, placements, triggers, conditions } = parsed.policy;
    const counts = [
      counted(actions.length, 'action'),
      counted(offers.length, 'offer'),
      counted(placements.length, 'placement'),
      counted(triggers.length, 'trigger'),
      counted(conditions.length, 'condition'),
    ];
    const lines = [`${version}: ${counts.join(', ')}, no fault`, ...budgetLines(parsed.policy)];
    return { lines, exitCode: 0 };
  });
}

/** What changes from one policy's directory to another's, a sentence each. Differences are no failure. */
export function diffPolicyDirectories(before: string, after: string): CommandOutcome {
  return readable(() => {
    const [from, to] = [parsePolicyDirectory(before), parsePolicyDirectory(after)];
    if (!from.ok) return checkPolicyDirectory(before);
    if (!to.ok) return checkPolicyDirectory(after);
    const sentences = policyDiff(from.policy, to.policy);
    return { lines: sentences.length === 0 ? ['No difference.'] : sentences, exitCode: 0 };
  });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function readable(command: () => CommandOutcome): CommandOutcome {
  try {
    return command();
  } catch (error) {
    if (error instanceof PolicyDirectoryError) return { lines: [error.message], exitCode: 2 };
    throw error;
  }
}
