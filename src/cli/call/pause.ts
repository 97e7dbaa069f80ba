import { userInfo } from 'node:os';
import { toJson } from '@bufbuild/protobuf';
import type { PauseTargetInit } from '../../client/admin.ts';
import {
  ListPausesReplySchema,
  type PausedTarget,
  PauseReplySchema,
  PendingDispatches,
  ResumeReplySchema,
} from '../../gen/attune/v1/admin_pb.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { callService, type Flags } from './call-service.ts';
import { timeText } from './choice-text.ts';
import { numberIn } from './number-flag.ts';

const HISTORY = 20;

/** `attune pause`: stops an action, a channel or everything outbound. */
export async function pauseCommand(flags: Flags): Promise<void> {
  const target = targetIn(flags);
  const { pending } = flags;
  if (pending !== 'wait' && pending !== 'withdraw')
    throw new CommandError(`--pending is wait or withdraw, not ${JSON.stringify(pending)}`, EXIT.usage);
  const said = { by: byIn(flags), why: String(flags.why), pending } as const;
  const reply = await callService(flags, (client) => client.admin.pause(target, said));
  if (flags.json === true) return print([JSON.stringify(toJson(PauseReplySchema, reply))]);
  print([reply.changed ? 'It is paused.' : 'It was paused so already.', ...pausedLines(reply.paused)]);
}

/** `attune resume`: ends a pause. */
export async function resumeCommand(flags: Flags): Promise<void> {
  const target = targetIn(flags);
  const why = typeof flags.why === 'string' ? flags.why : '';
  const reply = await callService(flags, (client) => client.admin.resume(target, { by: byIn(flags), why }));
  if (flags.json === true) return print([JSON.stringify(toJson(ResumeReplySchema, reply))]);
  print([reply.changed ? 'It is resumed.' : 'It was not paused.', ...pausedLines(reply.paused)]);
}

/** `attune paused`: what is paused. */
export async function pausedCommand(flags: Flags): Promise<void> {
  const historyMax =
    flags.history === undefined
      ? 0
      : flags.history === true
        ? HISTORY
        : (numberIn(flags, 'history', 1, 1_000, true) ?? HISTORY);
  const reply = await callService(flags, (client) => client.admin.listPauses({ historyMax }));
  if (flags.json === true) return print([JSON.stringify(toJson(ListPausesReplySchema, reply))]);
  const history = reply.history.length === 0 ? [] : ['The last calls:', ...reply.history.map(callLine)];
  print([...pausedLines(reply.paused), ...history]);
}

/** Throws CommandError unless one thing is named. */
function targetIn({ action, channel, outbound }: Flags): PauseTargetInit {
  const named = [action, channel, outbound].filter((flag) => flag !== undefined && flag !== false);
  if (named.length !== 1)
    throw new CommandError('name one of --action <id>, --channel <name> and --outbound', EXIT.usage);
  if (typeof action === 'string') return { action };
  return typeof channel === 'string' ? { channel } : 'outbound';
}

/** Who does it: `--by`, or the user of this machine. */
export function byIn({ by }: Flags): string {
  return typeof by === 'string' ? by : userInfo().username;
}

function pausedLines(paused: readonly PausedTarget[]): string[] {
  return paused.length === 0 ? ['Nothing is paused.'] : paused.map(pausedLine);
}

function pausedLine(one: PausedTarget): string {
  const rest = one.pending === PendingDispatches.WITHDRAW ? 'is withdrawn' : 'waits';
  return `${targetText(one)}: paused since ${timeText(one.since)} by ${one.by} (${one.why}); what is pending ${rest}`;
}

function callLine(one: PausedTarget): string {
  const because = one.why === '' ? '' : ` (${one.why})`;
  return `${timeText(one.since)}  ${targetText(one)} ${one.resumed ? 'resumed' : 'paused'} by ${one.by}${because}`;
}

function targetText({ target }: PausedTarget): string {
  const named = target?.target;
  return named?.case === 'action' || named?.case === 'channel'
    ? `${named.case} ${named.value}`
    : 'everything outbound';
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
