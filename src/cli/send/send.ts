import type { AttuneClient } from '../../client/attune-client.ts';
import { isKnownCountry } from '../../client/identifier-form.ts';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import { CommandError, EXIT, readSettings } from '../../node/command/command-line.ts';
import { inputBytes, inputName, linesOf } from '../../node/command/lines-of.ts';
import { type Progress, startProgress } from '../../node/command/progress.ts';
import type { InputLine } from '../../node/command/split-lines.ts';
import { callService, type Flags, violationText } from '../call/call-service.ts';
import { LineFaults } from './line-faults.ts';
import { type ReadLine, type ReadSetting, readEventLine } from './read-event.ts';
import { RepeatIds } from './repeat-ids.ts';

/** Sent and unanswered; more would only wait in the client. */
const IN_FLIGHT_MAX = 2_048;
/** Faults that are printed; the rest are counted. */
const FAULTS_PRINTED = 50;
/** Of lines that were sent all the same. */
const WARNINGS_PRINTED = 20;

/** What became of the lines that are not blank. */
export interface Sent {
  lines: number;
  accepted: number;
  duplicate: number;
  /** Refused by the service. */
  rejected: number;
  /** Segment's calls that are not events, such as "page": never sent, and no fault. */
  notTaken: number;
  /** Not an event at all: never sent. */
  faulty: number;
  /** Sent, or taken, with something odd about it: what was left out is told. */
  warned: number;
}

/** `attune send`: every line of a file or of stdin as an event; exit code 1 when some of them were refused. */
export async function send(file: string, flags: Flags): Promise<void> {
  const setting: ReadSetting = {
    source: String(flags.source),
    userKind: String(flags.userKind),
    country: countryOf(flags.country),
    historical: flags.historical === true,
  };
  const { timeout } = readSettings(CLIENT_OPTIONS, flags);
  const progress = startProgress('sending');
  const started = performance.now();
  const sent = await callService(flags, (client) =>
    sendLines(client, linesOf(file), {
      name: inputName(file),
      size: inputBytes(file),
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
    const rate = Math.round(sent.lines / Math.max(seconds, 0.001)).toLocaleString('en');
    process.stdout.write(`${summary(sent)}, in ${seconds.toFixed(1)} s (${rate} a second)\n`);
  }
  if (sent.rejected + sent.faulty > 0) process.exitCode = EXIT.found;
}

/** What is to be told of a line. */
interface Told {
  readonly fault?: string;
  readonly warning?: string;
}

export interface SendSetting {
  /** How faults call the input. */
  readonly name: string;
  /** Bytes of the input; undefined: nobody knows. */
  readonly size?: number | undefined;
  readonly setting: ReadSetting;
  /** How long one event may wait for its result. */
  readonly timeoutMs: number;
  readonly progress: Progress;
  readonly print?: (sentence: string) => void;
}

/** Streams lines as events, in order. Throws AttuneError when the service goes away: what was accepted counts, and counts once. */
export async function sendLines(
  client: AttuneClient,
  lines: AsyncIterable<InputLine>,
  {
    name,
    size,
    setting,
    timeoutMs,
    progress,
    print = (sentence) => void process.stderr.write(`${sentence}\n`),
  }: SendSetting,
): Promise<Sent> {
  const sent: Sent = { lines: 0, accepted: 0, duplicate: 0, rejected: 0, notTaken: 0, faulty: 0, warned: 0 };
  const stream = client.streamEvents(timeoutMs);
  const ids = new RepeatIds(JSON.stringify([setting.userKind, setting.country, setting.historical]));
  const open = new Set<Promise<void>>();
  const faults = new LineFaults(FAULTS_PRINTED, (line, sentence) => print(`${name}:${line}: ${sentence}`));
  const warned = new LineFaults(WARNINGS_PRINTED, (line, sentence) =>
    print(`${name}:${line}: warning: ${sentence}`),
  );
  const started = performance.now();
  let broken: { readonly fault: unknown } | undefined;
  const deliver = async (line: InputLine): Promise<Told> => {
    const read = readLine(line, setting, ids);
    if (typeof read === 'string') {
      sent.faulty++;
      return { fault: read };
    }
    if (read.event === undefined) {
      sent.notTaken++;
      return {};
    }
    const result = await stream.send(read.event);
    const warnings = [...read.warnings, ...result.warnings.map(violationText)];
    if (warnings.length > 0) sent.warned++;
    if (result.status === EventStatus.ACCEPTED) sent.accepted++;
    else if (result.status === EventStatus.DUPLICATE) sent.duplicate++;
    else {
      sent.rejected++;
      const found = [...result.violations.map(violationText), ...read.warnings];
      return { fault: ['the service refuses it', ...found.map((sentence) => `  ${sentence}`)].join('\n') };
    }
    return warnings.length === 0 ? {} : { warning: warnings.join('; ') };
  };
  try {
    for await (const line of lines) {
      if (line.text.trim() === '' && line.fault === '') continue;
      sent.lines++;
      faults.open(line.number);
      warned.open(line.number);
      const under = deliver(line)
        .then(({ fault, warning }) => {
          faults.close(line.number, fault);
          warned.close(line.number, warning);
        })
        .catch((fault: unknown) => {
          broken ??= { fault };
        });
      open.add(under);
      void under.then(() => open.delete(under));
      if (open.size >= IN_FLIGHT_MAX) await Promise.race(open);
      if (broken !== undefined) throw broken.fault;
      progress.update(
        sent.lines,
        undefined,
        howFar(sent.lines, performance.now() - started, line.bytesRead, size),
      );
    }
    await Promise.all(open);
    if (broken !== undefined) throw broken.fault;
  } finally {
    stream.close();
  }
  if (faults.unprinted > 0) print(`… and ${faults.unprinted} more`);
  if (warned.unprinted > 0) print(`… and ${warned.unprinted} more warnings`);
  return sent;
}

function readLine(line: InputLine, setting: ReadSetting, ids: RepeatIds): ReadLine | string {
  if (line.fault !== '') return line.fault;
  try {
    return readEventLine(line.text, setting, ids);
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

/** "6,120 a second, 43 % of the file". */
function howFar(lines: number, ms: number, bytesRead: number, size: number | undefined): string {
  const rate = `${Math.round((1_000 * lines) / Math.max(1, ms)).toLocaleString('en')} a second`;
  return size === undefined || size === 0
    ? rate
    : `${rate}, ${Math.floor((100 * bytesRead) / size)} % of the file`;
}

/** Throws CommandError. */
function countryOf(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  const country = String(given).toUpperCase();
  if (isKnownCountry(country)) return country;
  throw new CommandError(
    `--country wants the code of a country (ISO 3166), such as DE, not ${JSON.stringify(given)}`,
    EXIT.usage,
  );
}

function summary({ lines, accepted, duplicate, rejected, notTaken, faulty, warned }: Sent): string {
  const parts = [`${accepted} accepted`];
  if (duplicate > 0) parts.push(`${duplicate} known before`);
  if (rejected > 0) parts.push(`${rejected} refused`);
  if (notTaken > 0)
    parts.push(`${notTaken} not sent (of Segment's calls only "track" and "identify" are events)`);
  if (faulty > 0) parts.push(`${faulty} unreadable`);
  if (warned > 0) parts.push(`${warned} with warnings`);
  return `${lines} ${lines === 1 ? 'line' : 'lines'}: ${parts.join(', ')}`;
}
