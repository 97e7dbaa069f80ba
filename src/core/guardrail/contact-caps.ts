/** Rolling caps on a channel, on channels of its kind, of an action, and over all channels; `caps.ts` counts. */

import { NO_LIMITS } from './contact-limits.ts';
import type { Guardrail } from './guardrail.ts';

/** Compared: contacts on the channel within the window, the most allowed; names the window. */
export const channelCap: Guardrail = {
  scope: 'channel',
  reasons: ['CAP_CHANNEL'],
  check: (verdict, { caps, limits, channel, profile, index, env }) =>
    limits !== NO_LIMITS && verdict.adopt(caps.channel(channel.index, limits, profile, index, env.now)),
};

/** Compared: contacts on channels of its kind within the window, the most allowed; names the kind and the window. */
export const kindCap: Guardrail = {
  scope: 'channel',
  reasons: ['CAP_KIND'],
  check: (verdict, { caps, limits, channel, profile, index, env }) =>
    limits !== NO_LIMITS && verdict.adopt(caps.kind(channel.index, limits, profile, index, env.now)),
};

/** Compared: contacts of the action on channels of its kind within the window, the most allowed; names the window ("ever"). */
export const actionCap: Guardrail = {
  scope: 'candidate',
  reasons: ['CAP_ACTION'],
  check: (verdict, { caps, action, channel, profile, index, env }) =>
    caps.action(verdict, action.index, channel.index, profile, index, env.now),
};

/** Compared: contacts anywhere within the window, the most allowed; names the window. */
export const totalCap: Guardrail = {
  scope: 'channel',
  reasons: ['CAP_TOTAL'],
  check: (verdict, { caps, limits, channel, profile, index, env }) =>
    limits !== NO_LIMITS && verdict.adopt(caps.total(channel.index, limits, profile, index, env.now)),
};
