import type { DecideAsk } from '../../core/decide/decide-env.ts';
import type { Actor } from '../shard/actor.ts';
import type { ConsiderRequest, TimerRequest } from './request.ts';
import type { TurnScope } from './turn-scope.ts';

/** Begins a decision that nobody asked for: its candidates, for a channel system to send. */
export function decideUnasked(
  turn: TurnScope,
  request: TimerRequest | ConsiderRequest,
  actor: Actor,
  why: Pick<DecideAsk, 'cause' | 'trigger' | 'friction' | 'plan'>,
): void {
  const { profile } = actor;
  const { rng } = turn.runtime;
  turn.propose({
    ...{ request, actor, profile, isDry: false },
    ask: {
      requestId: '',
      requestHash: 0,
      bodyHash: 0,
      ...why,
      placements: [],
      dispatch: true,
      contextChannel: profile.session.channel,
      zone: '',
      recorded: undefined,
      locale: profile.locale,
      device: '',
      alternativesMax: 0,
      seedA: rng.uint32(),
      seedB: rng.uint32(),
    },
  });
}
