/** Three nodes and a shop, one of the nodes killed half-way and started again; what it cost the shop's customers, and whether anything is lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../client/attune-client.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { tellCatalog } from '../../scenario/demo/tell-catalog.ts';
import { createShop } from '../../world/shop.ts';
import { checkLogs, checkProfiles, type ShopFaults } from './check-shop.ts';
import { customerStory, customerStoryText, secondsText } from './customer-story.ts';
import type { Deployment } from './deployment.ts';
import { NodesTable } from './nodes-table.ts';
import { ShardOwners } from './shard-owners.ts';
import { ShopTally } from './shop-tally.ts';
import { ShopTraffic } from './shop-traffic.ts';
import { type Waits, waitsOf } from './waits.ts';

export const NODES = 3;
export const SHARDS = 24;
/** At a minute of the shop in each second these do about 90 things a second. */
const CUSTOMERS = 40_000;
const SEED = 7;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** In the evening people are in the shop. */
const OPENS_MS = 17 * HOUR_MS;
const VICTIM = 1;
/** The victim is away for so long, or for a quarter of the time where that is less. */
const AWAY_MS = 10_000;
/** The shop stays open for so long after the victim is back, whatever was asked for. */
const AFTER_MS = 3_000;
const POLL_MS = 50;
/** A takeover or a handoff that takes longer is told as not over. */
const MOVED_MS_MAX = 30_000;
/** Until what waited for a takeover is answered. */
const REST_MS = 1_500;

export interface ClusterReport {
  readonly nodes: number;
  readonly shards: number;
  readonly requests: number;
  readonly events: number;
  readonly decisions: number;
  readonly failed: number;
  readonly decideP50Ms: number;
  readonly decideP99Ms: number;
  /** From the kill until the map names other nodes for all of its shards; it is looked at once a second. */
  readonly takeoverMs: number;
  /** From the start of the victim's process until it has its part of the shards again. */
  readonly backMs: number;
  /** Of customers whose node was killed. */
  readonly waitedForTakeover: Waits;
  /** Of customers whose shards went back. */
  readonly waitedForHandoff: Waits;
  /** Events that were acknowledged, and customers of whom they are. */
  readonly acknowledged: number;
  readonly customers: number;
  readonly lost: number;
  readonly doubled: number;
  /** Of the decision that the killed node had made, asked of another one: derived again, it is the same. Null: it had made none for the customer of the story. */
  readonly explainedAgain: boolean | null;
  /** The first of everything that is wrong. */
  readonly sentences: readonly string[];
}

export interface ClusterPlan {
  readonly seconds: number;
  readonly deployment: Deployment;
  readonly tell: (line: string) => void;
}

/** Starts everything but leaves its end to `deployment.abort`. Throws ClientMissing where a server cannot be had. */
export async function runCluster({ seconds, deployment, tell }: ClusterPlan): Promise<ClusterReport> {
  await deployment.startServers();
  tell(`NATS answers at ${deployment.natsAddress}, Redis at ${deployment.redisAddress}`);
  // The first one makes streams and buckets.
  await deployment.startNode(0);
  await Promise.all([deployment.startNode(1), deployment.startNode(2)]);
  const { addresses } = deployment;
  tell(addresses.map((address, place) => `${nameOf(place)} at ${address}`).join(', '));
  const openAt = Math.floor(Date.now() / DAY_MS) * DAY_MS + OPENS_MS;
  const shop = createShop({ seed: SEED, customers: CUSTOMERS, startAt: openAt, outreachPerDay: 0 });
  const tally = new ShopTally();
  const watcher = connect(addresses);
  const owners = new ShardOwners(watcher);
  const watching = owners.watch();
  try {
    await tellCatalog(watcher, shop);
    await until(() => addresses.every((address) => owners.shardsOf(address).length === SHARDS / NODES));
    const traffic = new ShopTraffic({ shop, tally, addresses, shards: SHARDS });
    const table = new NodesTable({ tally, owners, addresses, tell }, seconds);
    try {
      const life = await live({ seconds, deployment, tell, traffic, tally, owners, table });
      table.close();
      await traffic.drain();
      const waitedForTakeover = waitsOf(tally.asked, life.victims, {
        ...{ from: life.killedAt, to: life.takenOverAt },
      });
      tell('');
      const explainedAgain = await tellStory({ life, traffic, tally, tell });
      tell('');
      const inProfiles = await checkProfiles(traffic.client, shop, tally);
      await deployment.stopNodes();
      const found = bothOf(inProfiles, await checkLogs(tally, { ...storesOf(deployment), shards: SHARDS }));
      const report: ClusterReport = {
        ...{ nodes: NODES, shards: SHARDS, requests: tally.asked.length, events: tally.events },
        ...{ decisions: tally.decisions, failed: tally.failed.length },
        decideP50Ms: rounded(tally.decideMs.quantileMs(0.5)),
        decideP99Ms: rounded(tally.decideMs.quantileMs(0.99)),
        takeoverMs: Math.round(life.takenOverAt - life.killedAt),
        backMs: Math.round(life.backAt - life.startedAt),
        waitedForTakeover,
        waitedForHandoff: life.waitedForHandoff,
        ...{ acknowledged: tally.acknowledged, customers: tally.customers.size },
        ...{ lost: found.lost.length, doubled: found.doubled.length, explainedAgain },
        sentences: [
          ...firstOf('failed', tally.failed),
          ...firstOf('lost', found.lost),
          ...firstOf('doubled', found.doubled),
        ],
      };
      for (const line of endText(report)) tell(line);
      return report;
    } finally {
      table.close();
      traffic.close();
    }
  } finally {
    owners.stop();
    watcher.close();
    await watching.catch(() => {});
  }
}

interface Living extends ClusterPlan {
  readonly traffic: ShopTraffic;
  readonly tally: ShopTally;
  readonly owners: ShardOwners;
  readonly table: NodesTable;
}

/** Times are ms since the shop opened. */
interface Life {
  readonly victims: ReadonlySet<number>;
  readonly killedAt: number;
  readonly takenOverAt: number;
  readonly startedAt: number;
  readonly backAt: number;
  readonly waitedForHandoff: Waits;
}

/** The shop is open; the victim dies half-way and comes back. */
async function live({ seconds, deployment, tell, traffic, tally, owners, table }: Living): Promise<Life> {
  const address = deployment.addresses[VICTIM] ?? '';
  const victim = nameOf(VICTIM);
  const at = (ms: number): Promise<void> => pause(Math.max(0, ms - traffic.elapsedMs));
  tell(
    `The shop opens. A minute of its evening passes in each second; each of its three web servers knows all nodes.\n`,
  );
  traffic.open();
  table.open();
  await at(seconds * 500);
  const victims = new Set(owners.shardsOf(address));
  table.say(`${victim} gets SIGKILL. It serves ${victims.size} shards`);
  table.state(VICTIM, 'dead');
  const killedAt = traffic.elapsedMs;
  await deployment.killNode(VICTIM);
  const returnAt = killedAt + Math.min(AWAY_MS, seconds * 250);
  await until(() => owners.shardsOf(address).length === 0);
  const takenOverAt = traffic.elapsedMs;
  await pause(REST_MS);
  const waited = waitsOf(tally.asked, victims, { from: killedAt, to: takenOverAt });
  table.say(
    `the others have its shards, ${secondsText(takenOverAt - killedAt)} after it was killed. ${waitsText(waited)}`,
  );
  await at(returnAt);
  table.say(`${victim} is started again`);
  table.state(VICTIM, 'starts');
  const startedAt = traffic.elapsedMs;
  await deployment.startNode(VICTIM);
  const memberAt = traffic.elapsedMs;
  table.state(VICTIM, 'lives');
  await until(() => owners.shardsOf(address).length === SHARDS / NODES);
  const backAt = traffic.elapsedMs;
  await pause(AFTER_MS);
  const waitedForHandoff = waitsOf(tally.asked, new Set(owners.shardsOf(address)), {
    from: memberAt,
    to: backAt,
  });
  table.say(
    `${victim} has its part again, ${secondsText(backAt - startedAt)} after its start: the others handed it over. ${waitsText(waitedForHandoff)}`,
  );
  await at(seconds * 1_000);
  return { victims, killedAt, takenOverAt, startedAt, backAt, waitedForHandoff };
}

async function tellStory({
  life,
  traffic,
  tally,
  tell,
}: Pick<Living, 'traffic' | 'tally' | 'tell'> & { readonly life: Life }): Promise<boolean | null> {
  const story = customerStory(tally.asked, life.victims, life);
  if (story === undefined) {
    tell(`None of its customers was in the shop when ${nameOf(VICTIM)} was killed.`);
    return null;
  }
  for (const line of customerStoryText(story, { killedAt: life.killedAt, node: nameOf(VICTIM) })) tell(line);
  if (story.decisionId === '') return null;
  tell(
    `\nDecision ${story.decisionId} was made by ${nameOf(VICTIM)} before it was killed. Any node says why:\n`,
  );
  const { page, replayIdentical } = await traffic.client.explain(story.decisionId);
  tell(page.trimEnd());
  const isSame = replayIdentical === true;
  tell(
    isSame
      ? 'Derived again from the log, it comes out the same, byte for byte.'
      : 'Derived again, it comes out otherwise.',
  );
  return isSame;
}

function endText({
  lost,
  doubled,
  acknowledged,
  customers,
  failed,
  requests,
  sentences,
  ...report
}: ClusterReport): string[] {
  return [
    `${requests.toLocaleString('en')} requests (${report.events.toLocaleString('en')} events, ${report.decisions.toLocaleString('en')} decisions: p50 ${report.decideP50Ms} ms, p99 ${report.decideP99Ms} ms), ${failed} failed`,
    `${acknowledged.toLocaleString('en')} acknowledged events of ${customers.toLocaleString('en')} customers, looked for in each profile and, with the decisions, in the logs: ${lost} lost, ${doubled} doubled`,
    ...sentences.map((sentence) => `  ${sentence}`),
  ];
}

function waitsText({ customers, medianMs, longestMs, failed }: Waits): string {
  const given = failed === 0 ? 'no request failed' : `${failed} requests failed`;
  if (customers === 0) return `Nobody waited for more than half a second, ${given}`;
  return `${customers} customers waited, half of them up to ${secondsText(medianMs)}, the longest ${secondsText(longestMs)}; ${given}`;
}

/** Throws CommandError when it has not become so in time. */
async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + MOVED_MS_MAX;
  while (!isSo()) {
    if (performance.now() > end)
      throw new CommandError(`the shards did not move within ${MOVED_MS_MAX} ms`, EXIT.found);
    await pause(POLL_MS);
  }
}

function storesOf({ natsAddress, redisAddress }: Deployment): {
  readonly nats: string;
  readonly redis: string;
} {
  return { nats: natsAddress, redis: redisAddress };
}

function bothOf(one: ShopFaults, other: ShopFaults): ShopFaults {
  return { lost: [...one.lost, ...other.lost], doubled: [...one.doubled, ...other.doubled] };
}

function firstOf(what: string, sentences: readonly string[]): string[] {
  return sentences.slice(0, 5).map((sentence) => `${what}: ${sentence}`);
}

function nameOf(place: number): string {
  return `node ${place + 1}`;
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
