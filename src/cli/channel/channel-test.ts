import { exec } from 'node:child_process';
import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { durationOption, hostPortOption, type Option } from '../../config/option.ts';
import { CHANNELS, channelIndex } from '../../core/channel.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import type { Flags } from '../call/call-service.ts';
import { identifiersIn } from '../call/customer-flags.ts';
import type { Judgement, KitRule } from './judgement.ts';
import { Kit, type KitSettings } from './kit.ts';
import { audienceRules } from './kit-audience-rules.ts';
import { CONTRACT, HELLO, KIT_RULES } from './kit-rules.ts';
import { KitServer } from './kit-server.ts';

const MEMBERS_MS_MAX = 30_000;
const LISTEN = hostPortOption({ default: { host: '127.0.0.1', port: 7413 }, help: '' });
const WAIT = durationOption({ default: 5 * SECOND_MS, min: 10, max: 10 * MINUTE_MS, help: '' });
/** Nobody has to be reachable to try out how a channel system answers. */
const NOBODY = [{ kind: 'crm', value: 'attune-channel-test' }];

export type KitFinding = Judgement & { readonly id: string; readonly title: string };

export interface KitReport {
  readonly channel: string;
  /** As its Hello says. */
  readonly client: string;
  readonly rules: readonly KitFinding[];
  readonly right: number;
  readonly wrong: number;
  readonly untested: number;
}

/** `attune channel test`: exit code 1 when a rule was broken. */
export async function channelTest(flags: Flags): Promise<void> {
  const channel = String(flags.channel);
  if (channelIndex(channel) < 0)
    throw new CommandError(`--channel is one of ${CHANNELS.join(', ')}, not "${channel}"`, EXIT.usage);
  const listen = parsedBy(LISTEN, '--listen', flags.listen);
  const waitMs = parsedBy(WAIT, '--wait', flags.wait);
  const connectMs = parsedBy(WAIT, '--connect-wait', flags.connectWait);
  const given = Array.isArray(flags.id) && flags.id.length > 0;
  const identifiers = given ? identifiersIn(flags) : NOBODY;
  const audience = String(flags.audience);
  const isForAds = channel === 'ads';
  if (!isForAds && typeof flags.members === 'string')
    throw new CommandError(`--members is for --channel ads, and this is "${channel}"`, EXIT.usage);
  const members = typeof flags.members === 'string' ? { members: printedBy(flags.members) } : {};
  const server = await KitServer.start(listen);
  try {
    process.stderr.write(`waiting at ${server.address} for a channel system of ${channel}\n`);
    const report = await testChannel(
      server,
      { channel, identifiers, waitMs, audience, ...members },
      connectMs,
      (finding) => {
        if (flags.json !== true) process.stdout.write(`${lineOf(finding)}\n`);
      },
    );
    process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : `${sumOf(report)}\n`);
    if (report.wrong > 0) process.exitCode = EXIT.found;
  } finally {
    server.close();
  }
}

/** Tries all rules, one after the other. Throws CommandError when nobody connects within `connectMs`. */
export async function testChannel(
  server: KitServer,
  settings: KitSettings,
  connectMs: number,
  told: (finding: KitFinding) => void = () => {},
): Promise<KitReport> {
  const kit = new Kit(server, settings);
  const first = await server.until(() => server.stream, connectMs);
  if (first === undefined) throw new CommandError(`no channel system connected to ${server.address} in time`);
  const rules: KitFinding[] = [];
  let client = '';
  for (const { id, title, judge } of rulesFor(kit)) {
    const finding = { id, title, ...(await judge(kit)) };
    client ||= kit.helloOf(first)?.client ?? '';
    rules.push(finding);
    told(finding);
  }
  const count = (outcome: Judgement['outcome']): number =>
    rules.filter((rule) => rule.outcome === outcome).length;
  return {
    ...{ channel: settings.channel, client, rules },
    ...{ right: count('right'), wrong: count('wrong'), untested: count('untested') },
  };
}

/** What a command of a shell prints; with its own complaint where it fails. */
function printedBy(command: string): () => Promise<string> {
  return async () => {
    const { status, stdout, stderr } = await new Promise<{ status: number; stdout: string; stderr: string }>(
      (resolve) =>
        exec(command, { timeout: MEMBERS_MS_MAX }, (fault, stdout, stderr) =>
          resolve({ status: fault === null ? 0 : 1, stdout, stderr }),
        ),
    );
    if (status === 0) return stdout;
    throw new CommandError(`--members: ${JSON.stringify(command)} failed: ${stderr.trim().slice(-200)}`);
  };
}

/** An ad platform is told who is in an audience, and is sent no messages. */
function rulesFor(kit: Kit): readonly KitRule[] {
  return kit.settings.channel === 'ads' ? [HELLO, ...audienceRules(kit), CONTRACT] : KIT_RULES;
}

function parsedBy<T>(option: Option<T>, flag: string, given: unknown): T {
  const parsed = option.parse(String(given));
  if (parsed.ok) return parsed.value;
  throw new CommandError(`${flag} ${parsed.error}, not ${JSON.stringify(given)}`, EXIT.usage);
}

function lineOf(finding: KitFinding): string {
  const lead = `${finding.outcome.padEnd(8)}  ${finding.id.padEnd(17)}  ${finding.title}`;
  return finding.outcome === 'right' ? lead : `${lead}\n${' '.repeat(29)}${finding.found}`;
}

function sumOf({ right, wrong, untested, channel, client }: KitReport): string {
  const who = client === '' ? `the channel system of ${channel}` : `${client} (${channel})`;
  return `${who}: ${right} right, ${wrong} wrong, ${untested} not to be seen`;
}
