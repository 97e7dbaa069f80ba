import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { FeedbackKind, type FeedbackResult, FeedbackStatus } from '../../gen/attune/v1/channel_pb.ts';
import { newestDispatch } from '../expect/expect-explain.ts';
import { complaint, failOn } from '../expect/failure.ts';
import type { ScenarioFeedbackStep } from '../file/shape-channel.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { wireIdentifiers } from './wire-identifiers.ts';

/** A channel system's webhook reports what happened. */
export async function runFeedbackStep(run: ScenarioRun, step: ScenarioFeedbackStep): Promise<void> {
  const about = aboutOf(run, step);
  const channel = step.channel ?? about.channel;
  const [result] = await run.client.report(channel, [
    {
      id: step.id ?? run.freshId('f'),
      ...about.target,
      kind: FeedbackKind[step.kind.toUpperCase() as keyof typeof FeedbackKind],
      occurredAt: timestampFromMs(run.now - (step.ago ?? 0)),
      machine: step.machine ?? false,
      scope: step.scope ?? '',
    },
  ]);
  const status = statusOf(result);
  const why = result?.violations.map((one) => `${one.field} ${one.message}`).join('; ') ?? '';
  run.timeline.add(
    run.now,
    `${channel} reports ${step.kind} of ${about.what}: ${status}${why === '' ? '' : ` (${why})`}`,
  );
  const expected = step.expect ?? 'accepted';
  if (status !== expected)
    failOn([complaint(`the feedback ${step.kind} to be ${expected}`, `${status} ${why}`.trim())]);
  await run.untilQuiet();
}

interface About {
  readonly what: string;
  readonly channel: string;
  readonly target:
    | { readonly dispatchId: string }
    | { readonly tracking: string }
    | { readonly identifiers: ReturnType<typeof wireIdentifiers> };
}

function aboutOf(run: ScenarioRun, step: ScenarioFeedbackStep): About {
  if (step.customer !== undefined) {
    if (step.channel === undefined)
      throw new Error('feedback about a customer needs a channel: who reports it');
    const { name, customer } = run.customer(step.customer);
    return {
      what: name,
      channel: step.channel,
      target: { identifiers: wireIdentifiers(customer.identifiers) },
    };
  }
  if (step.decision === undefined) {
    const { dispatchId, channel, treatment } = newestDispatch(run, step.dispatch ?? {});
    return { what: treatment.actionId, channel, target: { dispatchId } };
  }
  const choice = run.decisions.get(step.decision)?.reply.choices[step.choice ?? 0];
  if (choice?.outcome.case !== 'treatment')
    throw new Error(`the decision "${step.decision}" has no treatment that feedback could be about`);
  const { actionId, channel, tracking } = choice.outcome.value;
  return { what: actionId, channel, target: { tracking } };
}

function statusOf(result: FeedbackResult | undefined): 'accepted' | 'duplicate' | 'rejected' | 'retry' {
  switch (result?.status) {
    case FeedbackStatus.ACCEPTED:
      return 'accepted';
    case FeedbackStatus.DUPLICATE:
      return 'duplicate';
    case FeedbackStatus.REJECTED:
      return 'rejected';
    default:
      return 'retry';
  }
}
