/** Failures of what connects nodes with each other and with their servers. */
import { setTimeout as pause } from 'node:timers/promises';
import type { NetworkWay } from '../servers/network-way.ts';
import { type Fault, ONE_SERVER, type Play } from './fault.ts';
import type { StagedNode } from './stage.ts';

/** Longer than a lease. */
const CUT_MS = 6_000;
const DELAY_MS = 150;

type Harm = (way: NetworkWay) => void;

/** Which ways of a node, by who is at the other end. */
const ENDS: Readonly<Record<string, (node: StagedNode) => readonly NetworkWay[]>> = {
  'node and NATS': ({ toNats }) => toNats,
  'node and Redis': ({ toRedis }) => [toRedis],
  'other nodes and a node': ({ fromNodes }) => [fromNodes],
};

const HARMS: readonly (readonly [name: string, does: string, harm: Harm])[] = [
  ['cut', 'Every connection ends, and new ones are refused.', (way) => way.cut()],
  ['silent', 'Nothing comes through, and no connection ends.', (way) => way.hold('there', 'back')],
  ['deaf', 'What is asked arrives; no answer comes back.', (way) => way.hold('back')],
  ['mute', 'What is asked does not arrive.', (way) => way.hold('there')],
  ['slow', `Everything arrives ${DELAY_MS} ms late.`, (way) => way.delay(DELAY_MS)],
];

/** Each of them heals by itself. */
export const NETWORK_FAULTS: readonly Fault[] = Object.entries(ENDS).flatMap(([between, waysOf]) =>
  HARMS.map(([name, does, harm]) => ({
    name: `${name} between ${between}`,
    does,
    stage: ONE_SERVER,
    bounds: {},
    play: (play: Play) => harmed(play, waysOf, harm),
  })),
);

async function harmed(
  { stage, rng }: Play,
  waysOf: (node: StagedNode) => readonly NetworkWay[],
  harm: Harm,
): Promise<undefined> {
  const ways = waysOf(stage.nodes[rng.intBelow(stage.nodes.length)] as StagedNode);
  for (const way of ways) harm(way);
  await pause(CUT_MS);
  for (const way of ways) way.open();
  await stage.settled();
}
