import type { Stop } from '../pause/pause.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { PAUSED } = codes('PAUSED');

/** An operator has paused the action. Compared: since when, and 0; names who did it and why. */
export const pausedAction: Guardrail = {
  scope: 'action',
  reasons: ['PAUSED'],
  check: (verdict, { env, action }) => env.stops.isAny && stopped(verdict, env.stops.actions[action.index]),
};

/** An operator has paused the channel, or everything outbound. Compared: since when, and 0; names who did it and why. */
export const pausedChannel: Guardrail = {
  scope: 'channel',
  reasons: ['PAUSED'],
  check: (verdict, { env, channel, inPlacement }) =>
    env.stops.isAny &&
    stopped(verdict, env.stops.channels[channel.index] ?? (inPlacement ? undefined : env.stops.outbound)),
};

function stopped(verdict: Verdict, stop: Stop | undefined): boolean {
  return stop !== undefined && verdict.block(PAUSED, stop.since, 0, stop.ref);
}
