import { AttuneError } from '../../client/attune-error.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { type Complaint, complaint, failOn } from '../expect/failure.ts';
import type { FloodStep } from '../file/shape-steps.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { runPublishStep } from './step-publish.ts';
import { wireIdentifiers } from './wire-identifiers.ts';

/** One client sends without waiting; another customer's event in between must be accepted. */
export async function runFloodStep(run: ScenarioRun, step: FloodStep): Promise<void> {
  const { customer } = run.customer(step.customer);
  const client = run.newClient({ deadlineMs: 30_000, retry: { attemptsMax: 1 } });
  const refused: AttuneError[] = [];
  let answered = 0;
  try {
    const ask = (n: number): Promise<void> =>
      client
        .decide({
          requestId: `flood-${n}`,
          identifiers: wireIdentifiers(customer.identifiers),
          placements: [step.placement],
          delivery: Delivery.RETURN,
          dryRun: true,
        })
        .then(
          () => {
            answered++;
          },
          (error: unknown) => {
            if (!(error instanceof AttuneError)) throw error;
            refused.push(error);
          },
        );
    const asked = Array.from({ length: step.dry_runs }, (_, n) => ask(n));
    const { meanwhile } = step;
    if (meanwhile !== undefined)
      await runPublishStep(run, [{ ...meanwhile.event, customer: meanwhile.customer }]);
    await Promise.all(asked);
  } finally {
    client.close();
  }
  run.timeline.add(
    run.now,
    `a flood of ${step.dry_runs} dry decisions: ${answered} answered, ${refused.length} refused`,
  );
  failOn(matchFlood(step, refused));
  await run.untilQuiet();
}

function matchFlood(step: FloodStep, refused: readonly AttuneError[]): Complaint[] {
  const { refused_at_least = 0, refused_with, retry_delay } = step.expect ?? {};
  const complaints: Complaint[] = [];
  if (refused.length < refused_at_least)
    complaints.push(complaint(`at least ${refused_at_least} to be refused`, String(refused.length)));
  const other = refused.find((error) => refused_with !== undefined && error.code !== refused_with);
  if (other !== undefined)
    complaints.push(complaint(`what is refused to be ${refused_with}`, `${other.code}: ${other.message}`));
  const silent = refused.find((error) => retry_delay === true && error.retryAfterMs <= 0);
  if (silent !== undefined) complaints.push(complaint('a retry delay with each refusal', silent.message));
  return complaints;
}
