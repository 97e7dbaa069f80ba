import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { nearestName } from '../../base/nearest-name.ts';
import { violation } from '../../codec/wire/violation.ts';
import { channelIndex } from '../../core/channel.ts';
import { type Pause, type PauseChange, type PauseTarget, targetText } from '../../core/pause/pause.ts';
import {
  AdminService,
  PendingDispatches,
  type PauseTarget as WireTarget,
} from '../../gen/attune/v1/admin_pb.ts';
import type { PauseOutcome } from '../../port/pauses.ts';
import { type Failure, failure, invalidRequest, isFailure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { unknownChannel } from './channel-name.ts';
import { oneLine } from './one-line.ts';

const FATES = {
  wait: PendingDispatches.WAIT,
  withdraw: PendingDispatches.WITHDRAW,
} as const satisfies Readonly<Record<Pause['pending'], PendingDispatches>>;

/** AdminService.Pause, Resume and ListPauses. */
export function pauseRoutes(context: ServiceContext): readonly Route[] {
  const { pauses } = context;
  const { pause, resume, listPauses } = AdminService.method;
  const paused = () => pauses.current.list.map((one) => pausedTarget(one, false));
  return [
    unaryMethod(context, pause, async ({ target, by, why, pending }) => {
      const found = knownTarget(context, target);
      if (isFailure(found)) return found;
      const fate = pending === PendingDispatches.WITHDRAW ? 'withdraw' : 'wait';
      const outcome = await pauses.pause(found, { by: oneLine(by), why: oneLine(why), pending: fate });
      if (outcome.kind === 'full')
        return failure(
          'exhausted',
          `${outcome.max} things are paused already: resume some, or change the policy.`,
        );
      tell(context, outcome);
      return { changed: outcome.kind === 'changed', paused: paused() };
    }),
    unaryMethod(context, resume, async ({ target, by, why }) => {
      // Also what no policy has any more.
      const outcome = await pauses.resume(targetOf(target), { by: oneLine(by), why: oneLine(why) });
      tell(context, outcome);
      return { changed: outcome.kind === 'changed', paused: paused() };
    }),
    unaryMethod(context, listPauses, async ({ historyMax }) => ({
      paused: paused(),
      history: (await pauses.history(historyMax)).map((change) => pausedTarget(change, change.isResumed)),
    })),
  ];
}

/** A typing error would pause nothing, and say that it had. */
function knownTarget(
  { policies }: Pick<ServiceContext, 'policies'>,
  wire: WireTarget | undefined,
): PauseTarget | Failure {
  const target = targetOf(wire);
  const { scope, name } = target;
  if (scope === 'channel' && channelIndex(name) < 0) return unknownChannel('target.channel', name);
  if (scope !== 'action') return target;
  const known = policies.current?.actions.map(({ id }) => id) ?? [];
  if (known.includes(name)) return target;
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return invalidRequest([
    violation('target.action', 'action.unknown', name, `names no action of the policy in force${hint}`),
  ]);
}

/** The contract's rules let none pass that is not set. */
function targetOf(wire: WireTarget | undefined): PauseTarget {
  const target = wire?.target;
  if (target?.case === 'action') return { scope: 'action', name: target.value };
  if (target?.case === 'channel') return { scope: 'channel', name: target.value };
  return { scope: 'outbound', name: '' };
}

function pausedTarget(pause: Pause, resumed: boolean) {
  const { scope, name, by, why, since, pending } = pause;
  return {
    ...{ by, why, resumed, pending: FATES[pending], since: timestampFromMs(since) },
    target: {
      target:
        scope === 'outbound' ? { case: 'outbound' as const, value: true } : { case: scope, value: name },
    },
  };
}

/** A line in the service's log. */
function tell({ observer }: Pick<ServiceContext, 'observer'>, outcome: PauseOutcome): void {
  if (outcome.kind !== 'changed') return;
  observer.info(changeText(outcome.change));
}

function changeText(change: PauseChange): string {
  const { by, why, pending, isResumed } = change;
  const because = why === '' ? '' : ` (${why})`;
  if (isResumed) return `${targetText(change)} is resumed by ${by}${because}`;
  const rest = pending === 'wait' ? 'waits' : 'is withdrawn';
  return `${targetText(change)} is paused by ${by}${because}; what is pending ${rest}`;
}
