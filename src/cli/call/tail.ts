import { toJson } from '@bufbuild/protobuf';
import { type WatchedDecision, WatchedDecisionSchema } from '../../gen/attune/v1/admin_pb.ts';
import { callService, type Flags } from './call-service.ts';
import { choiceText, timeText } from './choice-text.ts';
import { numberIn } from './number-flag.ts';

/** `attune tail`: decisions as they are made, until Ctrl-C, or until `--count` of them were shown. */
export async function tail(flags: Flags): Promise<void> {
  const sample = numberIn(flags, 'sample', 0, 1);
  const perSecondMax = numberIn(flags, 'perSecond', 1, 1_000, true);
  const count = numberIn(flags, 'count', 1, Number.POSITIVE_INFINITY, true) ?? Number.POSITIVE_INFINITY;
  await callService(flags, async (client) => {
    // A service that is not there is told before anything is said to be awaited.
    await client.health();
    process.stderr.write('waiting for decisions; Ctrl-C ends\n');
    const watched = client.admin.watchDecisions({
      ...(sample === undefined ? {} : { sample }),
      ...(perSecondMax === undefined ? {} : { perSecondMax }),
    });
    let shown = 0;
    let policy = '';
    for await (const decision of watched) {
      process.stdout.write(
        flags.json === true
          ? `${JSON.stringify(toJson(WatchedDecisionSchema, decision))}\n`
          : `${tailLines(decision, policy).join('\n')}\n`,
      );
      policy = decision.decision?.policyVersion ?? policy;
      if (++shown >= count) break;
    }
  });
}

/** What is printed of a decision; `policyBefore`: the version that made the one before, '' for the first. */
export function tailLines(
  { at, cause, decision, skipped }: WatchedDecision,
  policyBefore: string,
): readonly string[] {
  const lines = skipped > 0n ? [`… ${skipped} not shown`] : [];
  const policy = decision?.policyVersion ?? policyBefore;
  if (policyBefore !== '' && policy !== policyBefore)
    lines.push(`… policy ${policy} decides from here on (before: ${policyBefore})`);
  for (const choice of decision?.choices ?? []) {
    const [first = '', ...rest] = choiceText(choice);
    lines.push(`${timeText(at)}  ${decision?.decisionId}  ${cause}  ${first}`, ...rest);
  }
  return lines;
}
