import type { AttuneClient } from '../../client/attune-client.ts';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import { EXIT, readSettings } from '../../node/command/command-line.ts';
import { linesOf } from '../../node/command/lines-of.ts';
import { type Progress, startProgress } from '../../node/command/progress.ts';
import { callService, type Flags, violationText } from '../call/call-service.ts';
import { LineFaults } from './line-faults.ts';
import { type ReadSetting, readEventLine } from './read-event.ts';

/** Sent and unanswered; more would only wait in the client. */
const IN_FLIGHT_MAX = 512;
/** Faults that are printed; the rest are counted. */
const FAULTS_PRINTED = 50;

/** What became of the lines that are not blank. */
export interface Sent {
  lines: number;
  accepted: number;
  duplicate: number;
  /** Refused by the service. */
  rejected: number;
  /** Segment's calls that are not events, such as "identify": never sent, and no fault. */
  notTaken: number;
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
  const { timeout } = readSettings(CLIENT_OPTIONS, flags);
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
  readonly print?: (sentence: string) => void;
}

/** Streams lines as events, in order. Throws AttuneError when the service goes away: what was accepted counts, and counts once. */
export async function sendLines(
  client: AttuneClient,
  lines: AsyncIterable<string>,
  {
    name,
    setting,
    timeoutMs,
    progress,
    print = (sentence) => void process.stderr.write(`${sentence}\n`),
  }: SendSetting,
): Promise<Sent> {
  const sent: Sent = { lines: 0, accepted: 0, duplicate: 0, rejected: 0, notTaken: 0, faulty: 0 };
  const stream = client.streamEvents(timeoutMs);
  const open = new Set<Promise<void>>();
  const faults = new LineFaults(FAULTS_PRINTED, (line, sentence) => print(`${name}:${line}: ${sentence}`));
  let broken: { readonly fault: unknown } | undefined;
  /** Undefined, or what is wrong with the line. */
  const deliver = async (text: string): Promise<string | undefined> => {
    const event = read(text, setting);
    if (event === undefined) {
      sent.notTaken++;
      return undefined;
    }
    if (typeof event === 'string') {
      sent.faulty++;
      return event;
    }
    const result = await stream.send(event);
    if (result.status === EventStatus.ACCEPTED) sent.accepted++;
    else if (result.status === EventStatus.DUPLICATE) sent.duplicate++;
    else {
      sent.rejected++;
      return [
        'the service refuses it',
        ...result.violations.map((fault) => `  ${violationText(fault)}`),
      ].join('\n');
    }
    return undefined;
  };
  try {
    let line = 0;
    for await (const text of lines) {
      const at = ++line;
      if (text.trim() === '') continue;
      sent.lines++;
      faults.open(at);
      const under = deliver(text)
        .then((sentence) => faults.close(at, sentence))
        .catch((fault: unknown) => {
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
  if (faults.unprinted > 0) print(`… and ${faults.unprinted} more`);
  return sent;
}

function read(text: string, setting: ReadSetting) {
  try {
    return readEventLine(text, setting);
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

function summary({ lines, accepted, duplicate, rejected, notTaken, faulty }: Sent): string {
  const parts = [`${accepted} accepted`];
  if (duplicate > 0) parts.push(`${duplicate} known before`);
  if (rejected > 0) parts.push(`${rejected} refused`);
  if (notTaken > 0) parts.push(`${notTaken} not sent (of Segment's calls only "track" is an event)`);
  if (faulty > 0) parts.push(`${faulty} no events`);
  return `${lines} ${lines === 1 ? 'line' : 'lines'}: ${parts.join(', ')}`;
}
