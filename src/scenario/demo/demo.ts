/**
 * `attune demo`: a service on a fresh store in a process of its own, a simulated shop that lives three days
 * a minute, and at the end one customer's story.
 *
 * I1  However it ends, the service's process is gone and so is its directory (unless --keep asked for it).
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { createShop, type Shop } from '../../world/shop.ts';
import { STORY_CUSTOMER } from '../../world/story.ts';
import { VirtualNodeProcess } from '../virtual/virtual-node-process.ts';
import { Dashboard, type DashboardState } from './dashboard.ts';
import { DemoDrive } from './demo-drive.ts';
import { DemoTally } from './demo-tally.ts';
import { Diary } from './diary.ts';
import { storyText } from './story-text.ts';
import { tellCatalog } from './tell-catalog.ts';

const POLICY = fileURLToPath(new URL('../../../policies/starter', import.meta.url));
/** The shop's seconds in one real second: three days a minute. */
const FACTOR = 4_320;
const SHARDS = 16;
/** A shop in which the story's customer wants a coat that is worth an intervention. */
const SEED = 134;
const BEAT_MS = 10 * MINUTE_MS;
const HOT_LOG_KEEP_MS = 30 * DAY_MS;
/** The shop opens on the present day at 8 h UTC: awake in all of Europe. */
const OPENS_MS = 8 * HOUR_MS;
/** The story begins after this share of the run, but on the first afternoon. */
const STORY_SHARE = 0.25;
const STORY_AFTER_MS_MAX = 6 * HOUR_MS;
const STORY_LENGTH_MS = HOUR_MS;
/** How long the run goes on when the machine was too slow for the story to be over. */
const LATE_MS = 15_000;
const DEADLINE_MS = 60_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface DemoSetting {
  readonly seconds: number;
  readonly customers: number;
  readonly keep: boolean;
  readonly write: (text: string) => void;
}

export async function demo(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const setting = {
    seconds: wholeIn(flags, 'seconds', 1, 3_600),
    customers: wholeIn(flags, 'customers', 1, 100_000),
    keep: flags.keep === true,
    write: (text: string) => void process.stdout.write(text),
  };
  const directory = mkdtempSync(join(tmpdir(), 'attune-demo-'));
  const signalled = watchSignals();
  try {
    await Promise.race([runDemo(setting, directory, signalled.abort), signalled.code]);
  } catch (fault) {
    // What was under way when the service was ended fails, as it must.
    if (!signalled.abort.aborted) throw fault;
  } finally {
    signalled.close();
    if (!setting.keep || signalled.abort.aborted) await removeSoon(directory);
  }
  if (!signalled.abort.aborted) return;
  setting.write(`${process.stdout.isTTY ? '\u001b[?25h' : ''}\nStopped; nothing is left behind.\n`);
  // Calls without an answer would keep the process alive until their deadlines.
  process.exit(await signalled.code);
}

/** Ends the demo on Ctrl-C and its like; `code` is what the process ends with then. */
function watchSignals() {
  const controller = new AbortController();
  let end: (code: number) => void = () => {};
  const code = new Promise<number>((resolve) => {
    end = resolve;
  });
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  const onSignal = (name: keyof typeof SIGNALS): void => {
    controller.abort();
    end(SIGNALS[name]);
  };
  for (const name of names) process.on(name, onSignal);
  const close = (): void => {
    for (const name of names) process.off(name, onSignal);
  };
  return { abort: controller.signal, code, close };
}

/** Tries several times: the files of a process that has just ended may still be open. */
function removeSoon(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** Runs the demo in an empty directory; `signal` ends it early and without a story. The service is gone when this resolves. */
export async function runDemo(setting: DemoSetting, directory: string, signal: AbortSignal): Promise<void> {
  const startAt = Math.floor(Date.now() / DAY_MS) * DAY_MS + OPENS_MS;
  const span = setting.seconds * SECOND_MS * FACTOR;
  const storyAt = startAt + Math.min(span * STORY_SHARE, STORY_AFTER_MS_MAX);
  const shop = createShop({ seed: SEED, customers: setting.customers, startAt, storyAt });
  const tally = new DemoTally();
  const diary = new Diary();
  setting.write(
    `A service starts on an empty store in ${directory}, and a shop of ${setting.customers.toLocaleString('en')} customers before it.\n`,
  );
  const service = new VirtualNodeProcess();
  await service.open(
    {
      directory,
      policyDirectory: POLICY,
      now: startAt,
      seed: SEED,
      shards: SHARDS,
      beatMs: BEAT_MS,
      hotLogKeepMs: HOT_LOG_KEEP_MS,
    },
    {
      temporary: !setting.keep,
      onFault: (sentence) => tally.countRefusal(`the service says: ${sentence}`),
      signal,
    },
  );
  const client = connect(service.address, { deadlineMs: DEADLINE_MS, retry: { attemptMs: DEADLINE_MS } });
  try {
    await tellCatalog(client, shop);
    await runShop(
      { client, service, shop, tally, diary },
      { setting, startAt, storyEndsAt: storyAt + STORY_LENGTH_MS, signal },
    );
    if (signal.aborted) return;
    await writeStory({ client, shop, diary }, setting);
    client.close();
    await service.close();
    setting.write(`${nextText(setting, directory).join('\n')}\n`);
  } finally {
    client.close();
    await service.kill();
  }
}

interface Parts {
  readonly client: AttuneClient;
  readonly service: VirtualNodeProcess;
  readonly shop: Shop;
  readonly tally: DemoTally;
  readonly diary: Diary;
}

/** Lets the shop live until its time and the story are over, or until a signal. */
async function runShop(
  parts: Parts,
  run: {
    readonly setting: DemoSetting;
    readonly startAt: number;
    readonly storyEndsAt: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { setting, startAt, storyEndsAt, signal } = run;
  const dashboard = new Dashboard(process.stdout);
  const drive = new DemoDrive(parts);
  let watchFault: unknown;
  const watching = drive.watch().catch((fault: unknown) => {
    watchFault = fault;
  });
  const started = performance.now();
  const lengthMs = setting.seconds * SECOND_MS;
  const stateNow = (): DashboardState => ({
    tally: parts.tally,
    ledger: parts.shop.ledger,
    seconds: (performance.now() - started) / 1_000,
    ofSeconds: setting.seconds,
    now: parts.service.state.now,
    startAt,
  });
  try {
    while (!signal.aborted && watchFault === undefined) {
      const elapsed = performance.now() - started;
      const isStoryOver = parts.service.state.now >= storyEndsAt;
      if (elapsed >= lengthMs && (isStoryOver || elapsed >= lengthMs + LATE_MS)) break;
      dashboard.update(stateNow());
      // Ahead of its time the shop waits; behind it, it runs as fast as the machine can.
      const aheadMs = (parts.service.state.now - startAt) / FACTOR - elapsed;
      if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, Math.min(aheadMs, 50)));
      else await drive.step();
    }
    if (watchFault !== undefined) throw watchFault;
    dashboard.end(stateNow());
  } finally {
    dashboard.close();
    drive.close();
    await Promise.race([watching, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
}

async function writeStory(
  { client, shop, diary }: Pick<Parts, 'client' | 'shop' | 'diary'>,
  { write }: DemoSetting,
): Promise<void> {
  const story = diary.story(STORY_CUSTOMER);
  if (story === undefined) {
    write('\nNobody left a checkout in this time; a longer run (--seconds 60) has a story to tell.\n');
    return;
  }
  write(`\n${storyText(story, shop.truth(story.customer).zone).join('\n')}`);
  const { page, replayIdentical } = await client.explain(story.decisionId);
  write(`\n${page}`);
  if (replayIdentical === true) write('Derived again from the log, it comes out the same, byte for byte.\n');
}

function nextText({ keep }: DemoSetting, directory: string): string[] {
  return [
    '',
    'What to try next',
    '  npm run -s attune -- serve                          a service of your own, on .attune/data; then, in another terminal:',
    '  npm run -s attune -- decide --id crm=c42 --placement home_hero --alternatives',
    '  npm run -s attune -- get --id crm=c42               what it knows of this customer',
    '  npm run -s attune -- tail                           its decisions as they are made',
    '  npm run -s attune -- policy check policies/starter  the rules of this shop, to be changed',
    '  npm run -s attune -- policy test scenarios          stories that must come out right',
    ...(keep
      ? [`  npm run -s attune -- verify ${directory}   fold and decide all of this again`]
      : ['  npm run -s attune -- demo --keep                    keeps the data, to inspect and verify it']),
  ];
}

function wholeIn(flags: Readonly<Record<string, unknown>>, name: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(String(flags[name])) ? Number(flags[name]) : Number.NaN;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new CommandError(
    `--${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(flags[name])}`,
    EXIT.usage,
  );
}
