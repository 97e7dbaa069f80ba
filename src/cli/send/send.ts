import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { AttuneClient } from '../../client/attune-client.ts';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import { callService, type Flags, violationText } from '../call/call-service.ts';
import { CommandError, EXIT, settingsOf } from '../command-line.ts';
import { type Progress, startProgress } from '../progress.ts';
import { type ReadSetting, readEvent } from './read-event.ts';

/** Sent and unanswered; more would only wait in the client. */
const IN_FLIGHT_MAX = 512;
/** Faults told one by one; the rest are counted. */
const FAULTS_TOLD = 50;

/** What became of the lines. */
export interface Sent {
  lines: number;
  accepted: number;
  duplicate: number;
  /** Refused by the service. */
  rejected: number;
  /** Not an event at all: never sent. */
  faulty: number;
}

/** `attune send`: every line of a file or of stdin as an event; exit code 1 when some of them were refused. */
export async function send(file: string, flags: Flags): Promise<void> {
  const setting: ReadSetting = {
    source: String(flags.source),
    userKind: String(flags.userKind),
    historical: flags.historical === true,
  };
  const { timeout } = settingsOf(CLIENT_OPTIONS, flags);
  const progress = startProgress('sending');
  const started = performance.now();
  const sent = await callService(flags, (client) =>
    sendLines(client, linesOf(file), {
      name: file === '-' ? 'stdin' : file,
      setting,
      timeoutMs: timeout,
      progress,
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  progress.end();
  if (flags.json === true) {
    const eventsPerSecond = Math.round((sent.accepted + sent.duplicate + sent.rejected) / seconds);
    process.stdout.write(
      `${JSON.stringify({ ...sent, seconds: Number(seconds.toFixed(3)), eventsPerSecond })}\n`,
    );
  } else {
    process.stdout.write(`${summary(sent)}, in ${seconds.toFixed(1)} s\n`);
  }
  if (sent.rejected + sent.faulty > 0) process.exitCode = EXIT.found;
}

export interface SendSetting {
  /** How faults call the input. */
  readonly name: string;
  readonly setting: ReadSetting;
  /** How long one event may wait for its result. */
  readonly timeoutMs: number;
  readonly progress: Progress;
  readonly tell?: (sentence: string) => void;
}

/** Streams lines as events, in order. Throws AttuneError when the service goes away: what was taken counts, and counts once. */
export async function sendLines(
  client: AttuneClient,
  lines: AsyncIterable<string>,
  {
    name,
    setting,
    timeoutMs,
    progress,
    tell = (sentence) => void process.stderr.write(`${sentence}\n`),
  }: SendSetting,
): Promise<Sent> {
  const sent: Sent = { lines: 0, accepted: 0, duplicate: 0, rejected: 0, faulty: 0 };
  const stream = client.streamEvents(timeoutMs);
  const open = new Set<Promise<void>>();
  let told = 0;
  let broken: { readonly fault: unknown } | undefined;
  const complain = (line: number, sentence: string): void => {
    if (told++ < FAULTS_TOLD) tell(`${name}:${line}: ${sentence}`);
  };
  const deliver = async (line: number, text: string): Promise<void> => {
    const event = read(text, setting);
    if (typeof event === 'string') {
      sent.faulty++;
      return complain(line, event);
    }
    const result = await stream.send(event);
    if (result.status === EventStatus.ACCEPTED) sent.accepted++;
    else if (result.status === EventStatus.DUPLICATE) sent.duplicate++;
    else {
      sent.rejected++;
      complain(line, [`the service refuses it`, ...result.violations.map(violationText)].join('\n'));
    }
  };
  try {
    for await (const text of lines) {
      sent.lines++;
      if (text.trim() === '') continue;
      const under = deliver(sent.lines, text).catch((fault: unknown) => {
        broken ??= { fault };
      });
      open.add(under);
      void under.then(() => open.delete(under));
      if (open.size >= IN_FLIGHT_MAX) await Promise.race(open);
      if (broken !== undefined) throw broken.fault;
      progress.update(sent.lines);
    }
    await Promise.all(open);
    if (broken !== undefined) throw broken.fault;
  } finally {
    stream.close();
  }
  if (told > FAULTS_TOLD) tell(`… and ${told - FAULTS_TOLD} more`);
  return sent;
}

function read(text: string, setting: ReadSetting) {
  try {
    return readEvent(text, setting);
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input: Readable = file === '-' ? process.stdin : createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (fault) {
    throw new CommandError(
      `${file} cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
}

function summary({ lines, accepted, duplicate, rejected, faulty }: Sent): string {
  const parts = [`${accepted} accepted`];
  if (duplicate > 0) parts.push(`${duplicate} known before`);
  if (rejected > 0) parts.push(`${rejected} refused`);
  if (faulty > 0) parts.push(`${faulty} no events`);
  return `${lines} lines: ${parts.join(', ')}`;
}
