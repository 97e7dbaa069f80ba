import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DAY_MS } from '../../base/clock.ts';
import { connect } from '../../client/attune-client.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { commit, machine } from '../../node/command/machine.ts';
import { startProgress } from '../../node/command/progress.ts';
import { parsePolicyDirectory } from '../../policy/policy-directory.ts';
import { VirtualNodeProcess } from '../../scenario/virtual/virtual-node-process.ts';
import {
  dataDirectory,
  loadOnlineRetail,
  type OnlineRetail,
  type RetailLedger,
} from '../../world/online-retail/online-retail.ts';
import type { RetailTotals } from '../../world/online-retail/retail-totals.ts';
import { DOCUMENTED_TOTALS } from './documented-totals.ts';
import { disagreements, type ProfileTotals, profileTotals } from './reconcile.ts';
import { type Accounts, runReplay } from './replay-run.ts';

const POLICY = fileURLToPath(new URL('../../../policies/starter', import.meta.url));
const PLACEMENT = 'home_hero';
const SHARDS = 16;
const SEED = 20_111;
/** Snapshots and the archive get their turn once a day of the data. */
const BEAT_MS = DAY_MS;
const HOT_LOG_KEEP_MS = 30 * DAY_MS;
const SHOWN_MAX = 20;
const DEADLINE_MS = 60_000;

export interface ReplaySetting {
  /** Holds `online-retail/…`. */
  readonly dataDirectory: string;
  /** Where the service keeps its data; a new one in the system's temporary folder without it. */
  readonly directory?: string | undefined;
  /** Seconds of the data that pass in one real second; undefined: as fast as it goes. */
  readonly speed?: number | undefined;
  readonly keep: boolean;
  /** Figures that the file must reproduce. */
  readonly documented: Partial<RetailTotals>;
}

export interface ReplayResult {
  readonly retail: OnlineRetail;
  readonly accounts: Accounts;
  readonly profiles: ProfileTotals;
  readonly disagreements: readonly string[];
  readonly seconds: number;
  /** Undefined when it was removed. */
  readonly directory: string | undefined;
}

/** `npm run replay -- online-retail`. Exit code 1 when a law is broken or figures disagree. */
export async function replay(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const speed = flags.speed === undefined ? undefined : Number(flags.speed);
  if (speed !== undefined && !(speed > 0))
    throw new CommandError(
      `--speed must be a number above 0, not ${JSON.stringify(flags.speed)}`,
      EXIT.usage,
    );
  const directory = flags.dir === undefined ? undefined : String(flags.dir);
  const done = await replayOnlineRetail({
    dataDirectory: flags.data === undefined ? dataDirectory(process.env) : String(flags.data),
    directory,
    speed,
    keep: flags.keep === true || directory !== undefined,
    documented: DOCUMENTED_TOTALS,
  });
  if (flags.json === true) process.stdout.write(`${JSON.stringify(jsonOf(done))}\n`);
  else process.stdout.write(`${textOf(done).join('\n')}\n`);
  if (done.accounts.brokenLaws.length + done.disagreements.length > 0) process.exitCode = EXIT.found;
}

/** Replays the set against a fresh service and holds the outcome against the file. Throws CommandError. */
export async function replayOnlineRetail(setting: ReplaySetting): Promise<ReplayResult> {
  const retail = await load(setting.dataDirectory);
  const [first] = retail.events();
  if (first === undefined) throw new CommandError(`the data set in ${setting.dataDirectory} holds no event`);
  const directory = setting.directory ?? mkdtempSync(join(tmpdir(), 'attune-replay-'));
  const progress = startProgress('replaying');
  const service = new VirtualNodeProcess();
  await service.open(
    {
      directory,
      policyDirectory: POLICY,
      now: first.occurredAt - DAY_MS,
      seed: SEED,
      shards: SHARDS,
      beatMs: BEAT_MS,
      hotLogKeepMs: HOT_LOG_KEEP_MS,
    },
    { temporary: !setting.keep, onFault: (sentence) => process.stderr.write(`${sentence}\n`) },
  );
  const client = connect(service.address, {
    deadlineMs: DEADLINE_MS,
    retry: { attemptMs: DEADLINE_MS },
  });
  try {
    const started = performance.now();
    const accounts = await runReplay({
      client,
      products: retail.products.values(),
      events: retail.events(),
      placement: PLACEMENT,
      ...lawsOf(POLICY),
      advanceTo: async (to) => {
        await waitForPace(setting.speed, first.occurredAt, to, started);
        await service.advanceTo(to);
      },
      onProgress: ({ events, decisions }, at) =>
        progress.update(
          events,
          retail.ledger.events,
          `${decisions} decisions, ${new Date(at).toISOString().slice(0, 10)}`,
        ),
    });
    const seconds = (performance.now() - started) / 1_000;
    const profiles = await profileTotals(client, accounts.customers);
    progress.end();
    client.close();
    await service.close();
    return {
      retail,
      accounts,
      profiles,
      disagreements: disagreements(retail, accounts, profiles, setting.documented),
      seconds,
      directory: setting.keep ? directory : undefined,
    };
  } finally {
    progress.end();
    client.close();
    await service.kill();
    if (!setting.keep) rmSync(directory, { recursive: true, force: true });
  }
}

async function load(directory: string): Promise<OnlineRetail> {
  try {
    return await loadOnlineRetail(directory);
  } catch (fault) {
    throw new CommandError(fault instanceof Error ? fault.message : String(fault));
  }
}

/** The parts of the policy that the replay's own check needs. */
function lawsOf(directory: string) {
  const parsed = parsePolicyDirectory(directory);
  if (!parsed.ok) throw new CommandError(`the policy in ${directory} has ${parsed.faults.length} faults`);
  const { suppression, actions } = parsed.policy;
  return {
    suppression,
    promotions: new Set(actions.filter((action) => action.promotion).map(({ id }) => id)),
  };
}

/** Waits until the data's time may be `to` at this speed. */
async function waitForPace(
  speed: number | undefined,
  from: number,
  to: number,
  started: number,
): Promise<void> {
  if (speed === undefined) return;
  const wait = (to - from) / speed - (performance.now() - started);
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

function jsonOf({ retail, accounts, profiles, disagreements, seconds, directory }: ReplayResult) {
  const { totals, ledger } = retail;
  const books = accounts.books.totals();
  const money = (mills: number): number => Math.round(mills / 10) / 100;
  return {
    lines: totals.lines,
    invoices: totals.invoices,
    customers: totals.customers,
    netValue: totals.netValue,
    events: accounts.events,
    decisions: accounts.decisions,
    eventsPerSecond: Math.round(accounts.events / seconds),
    decisionsPerSecond: Math.round(accounts.decisions / seconds),
    lawsBroken: accounts.brokenLaws.length,
    disagreements: disagreements.length,
    seconds: Number(seconds.toFixed(1)),
    reconciliation: {
      orders: accounts.orders,
      refunds: accounts.refunds,
      refundsMatched: ledger.refundsMatched,
      customersWithEvents: accounts.customers.size,
      eventValue: money(accounts.netMills),
      excluded: excludedOf(ledger, money),
      profiles: profiles.profiles,
      profileOrders: profiles.orders,
      profileRevenue: Math.round(profiles.revenue * 100) / 100,
      sentOrders: books.orders,
      sentRevenue: money(books.mills),
      refundsOfUnknownOrders: {
        refunds: accounts.books.unknownRefunds,
        value: money(accounts.books.unknownMills),
      },
      refundsOfOlderOrders: accounts.books.olderRefunds,
      refundedBeyondOrders: money(accounts.books.beyondMills),
      linesInEvents: ledger.linesInEvents,
      invoicesWithoutEvent: ledger.invoicesWithoutEvent,
    },
    decisionsAtRisk: accounts.decisionsAtRisk,
    choices: Object.fromEntries([...accounts.choices].sort(([, a], [, b]) => b - a)),
    broken: accounts.brokenLaws.slice(0, SHOWN_MAX),
    disagree: disagreements.slice(0, SHOWN_MAX),
    ...(directory === undefined ? {} : { directory }),
    machine: machine(),
    commit: commit(),
  };
}

function excludedOf(ledger: RetailLedger, money: (mills: number) => number) {
  return Object.fromEntries(
    Object.entries(ledger.excluded).map(([why, { lines, mills }]) => [why, { lines, value: money(mills) }]),
  );
}

function textOf(done: ReplayResult): string[] {
  const json = jsonOf(done);
  const count = (value: number): string => value.toLocaleString('en');
  const { reconciliation } = json;
  return [
    `${count(json.lines)} lines, ${count(json.invoices)} invoices, ${count(json.customers)} customers, net value ${count(json.netValue)}`,
    `  as events      ${count(json.events)} (${count(reconciliation.orders)} orders, ${count(reconciliation.refunds)} refunds) worth ${count(reconciliation.eventValue)}`,
    ...Object.entries(reconciliation.excluded).map(
      ([why, { lines, value }]) => `  left out       ${count(lines)} lines (${why}) worth ${count(value)}`,
    ),
    `  in profiles    ${count(reconciliation.profiles)} customers, ${count(reconciliation.profileOrders)} orders, spend without shipping ${count(reconciliation.profileRevenue)}`,
    `${count(json.decisions)} decisions for ${PLACEMENT}, ${count(json.decisionsAtRisk)} of them while something the customer owns was under suppression`,
    ...Object.entries(json.choices).map(([name, times]) => `  ${count(times).padStart(8)}  ${name}`),
    `${json.seconds} s, ${count(json.eventsPerSecond)} events and ${count(json.decisionsPerSecond)} decisions a second`,
    json.lawsBroken === 0 ? 'no law was broken' : `${json.lawsBroken} laws were broken:`,
    ...json.broken.map((sentence) => `  ${sentence}`),
    json.disagreements === 0 ? 'all figures agree' : `${json.disagreements} figures disagree:`,
    ...json.disagree.map((sentence) => `  ${sentence}`),
    ...(json.directory === undefined
      ? []
      : [`the data is kept: npm run -s attune -- verify ${json.directory}`]),
  ];
}
