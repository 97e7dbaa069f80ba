import { join } from 'node:path';
import type { KnownGoods } from '../../core/catalog/known-goods.ts';
import { type PolicyFault, renderFault } from '../../core/policy/policy-fault.ts';
import { type PolicyWarning, renderWarning } from '../../core/policy/policy-warning.ts';
import { baseRateNote } from '../../policy/base-rate-note.ts';
import { policyWarnings } from '../../policy/lint/policy-warnings.ts';
import type { ParsedPolicy } from '../../policy/parse-policy.ts';
import { policyDiff } from '../../policy/policy-diff.ts';
import { PolicyDirectoryError, parsePolicyDirectory } from '../../policy/policy-directory.ts';
import { budgetLines } from './budget-lines.ts';

/** What a command has to say, and its exit code: 0 sound, 1 faulty (or different), 2 not readable. */
export interface CommandOutcome {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1 | 2;
}

/** The outcome as one JSON object besides; undefined: there was nothing to check. Files as in `lines`. */
export interface CheckOutcome extends CommandOutcome {
  readonly report: CheckReport | undefined;
}

export interface CheckReport {
  /** '' when faulty; the counts are 0 then. */
  readonly version: string;
  readonly actions: number;
  readonly offers: number;
  readonly placements: number;
  readonly triggers: number;
  readonly conditions: number;
  readonly faults: readonly PolicyFault[];
  readonly warnings: readonly PolicyWarning[];
  /** What a reader should know and need not change. */
  readonly notes: readonly string[];
}

/**
 * Checks a policy's directory: every fault as `file:line:column: sentence`; or the warnings in the same way, a line that says what it
 * holds, one for each budget and each note. Warnings leave the exit code 0. `goods`: the catalogue to look names up in.
 */
export function checkPolicyDirectory(directory: string, goods?: KnownGoods): CheckOutcome {
  return readable<CheckOutcome>(
    () => {
      const parsed = parsePolicyDirectory(directory);
      const report = reportOf(directory, parsed, goods);
      if (!parsed.ok) {
        const { faults } = report;
        return { lines: [...faults.map(renderFault), counted(faults.length, 'fault')], exitCode: 1, report };
      }
      const { version, warnings } = report;
      const counts = [
        counted(report.actions, 'action'),
        counted(report.offers, 'offer'),
        counted(report.placements, 'placement'),
        counted(report.triggers, 'trigger'),
        counted(report.conditions, 'condition'),
        'no fault',
        ...(warnings.length === 0 ? [] : [counted(warnings.length, 'warning')]),
      ];
      const holds = `${version}: ${counts.join(', ')}`;
      const lines = [...warnings.map(renderWarning), holds, ...budgetLines(parsed.policy), ...report.notes];
      return { lines, exitCode: 0, report };
    },
    (outcome) => ({ ...outcome, report: undefined }),
  );
}

/** What changes from one policy's directory to another's, a sentence each. Differences are no failure. */
export function diffPolicyDirectories(before: string, after: string): CommandOutcome {
  return readable<CommandOutcome>(
    () => {
      const [from, to] = [parsePolicyDirectory(before), parsePolicyDirectory(after)];
      if (!from.ok) return checkPolicyDirectory(before);
      if (!to.ok) return checkPolicyDirectory(after);
      const sentences = policyDiff(from.policy, to.policy);
      return { lines: sentences.length === 0 ? ['No difference.'] : sentences, exitCode: 0 };
    },
    (outcome) => outcome,
  );
}

function reportOf(directory: string, parsed: ParsedPolicy, goods: KnownGoods | undefined): CheckReport {
  const none = { version: '', actions: 0, offers: 0, placements: 0, triggers: 0, conditions: 0 };
  const inDirectory = <F extends PolicyFault>(fault: F): F => ({
    ...fault,
    file: join(directory, fault.file),
  });
  if (!parsed.ok) return { ...none, faults: parsed.faults.map(inDirectory), warnings: [], notes: [] };
  const { version, actions, offers, placements, triggers, conditions } = parsed.policy;
  const note = baseRateNote(parsed.policy);
  return {
    version,
    actions: actions.length,
    offers: offers.length,
    placements: placements.length,
    triggers: triggers.length,
    conditions: conditions.length,
    faults: [],
    warnings: policyWarnings(parsed, goods).map(inDirectory),
    notes: note === undefined ? [] : [note],
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function readable<O>(command: () => O, refused: (outcome: CommandOutcome) => O): O {
  try {
    return command();
  } catch (error) {
    if (error instanceof PolicyDirectoryError) return refused({ lines: [error.message], exitCode: 2 });
    throw error;
  }
}
