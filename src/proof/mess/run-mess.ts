/**
 * The same histories told twice to one service: as they happened, and with mess. Customers are actors of their own, so the two sides of
 * a history share a node and its clock without touching.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clone } from '@bufbuild/protobuf';
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../../adapter/onnx/base-rate-scorer.ts';
import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';
import { seedRng } from '../../base/rng.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { PolicyFiles } from '../../core/policy/policy-bytes.ts';
import { type Event, EventSchema } from '../../gen/attune/v1/event_pb.ts';
import { type Node, openNode } from '../../node/open-node.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { changedPolicy } from '../../policy/changed-policy.ts';
import { untilQuiet } from '../../scenario/virtual/until-quiet.ts';
import { ALL_KINDS } from './all-kinds.ts';
import { type CleanHistory, cleanHistories, HISTORY_MS } from './clean-history.ts';
import { type Answer, handOver, type MessMutant } from './door.ts';
import { RATE } from './kinds-of-orders.ts';
import { Mess } from './mess.ts';
import { type MessageOnItsWay, onItsWay } from './message-on-its-way.ts';
import { plainTruth } from './plain-truth.ts';
import { differences, type ProfileView, profileView } from './profile-view.ts';
import type { MessTally } from './tally.ts';

/** A Sunday. */
const START_AT = Date.UTC(2026, 2, 1);
/** Behind the last message: what was late has come. */
const SEEN_AT = START_AT + HISTORY_MS + 9 * DAY_MS;
/** Messages that arrive within it reach the node together. */
const QUANTUM_MS = MINUTE_MS;
const FOREVER_MS = 1e12;
const SHARDS = 4;
/** Of each kind, how many of a hundred customers have it, where it fits. */
const SHARE = 0.3;

/** A message of one side, whose answer is to come. */
interface Sent {
  readonly message: MessageOnItsWay;
  answer: Answer | undefined;
}

interface Told {
  readonly name: string;
  readonly history: CleanHistory;
  readonly clean: readonly Sent[];
  readonly messy: readonly Sent[];
}

export interface MessOptions {
  readonly from: number;
  readonly seeds: number;
  readonly mutant?: MessMutant | undefined;
  /** Only this kind of mess, in every customer where it fits. */
  readonly kind?: string | undefined;
}

/** Tells the histories of some seeds and adds what came of it to `tally`. */
export async function runMess({ from, seeds, mutant, kind }: MessOptions, tally: MessTally): Promise<void> {
  const clock = new VirtualClock(START_AT);
  const read = readOptions(SERVE_OPTIONS, { flags: { store: 'memory', shards: String(SHARDS) }, env: {} });
  if (!read.ok) throw new Error(read.error.join('\n'));
  const node = await openNode(read.value, {
    observer: quietObserver,
    clock,
    scorer: new BaseRateScorer(),
    seed: from,
    beatMs: DAY_MS,
    bounds: { residentPerShardMax: FOREVER_MS, snapshotEveryMs: FOREVER_MS, hotMs: FOREVER_MS },
  });
  try {
    const taken = await node.policies.apply(messPolicy(), undefined);
    const policy = node.policies.current;
    if (taken.kind !== 'taken' || policy === undefined) throw new Error('the policy of this proof is faulty');
    const told: Told[] = [];
    for (let seed = from; seed < from + seeds; seed++)
      for (const history of cleanHistories(seed, START_AT)) told.push(toldTwice(seed, history, kind));
    await tellAll(node, clock, told, mutant);
    for (const one of told) await judge(node, policy, one, tally);
  } finally {
    await node.close();
  }
}

function toldTwice(seed: number, history: CleanHistory, only: string | undefined): Told {
  const name = `${seed}-${history.customer}`;
  const clean = history.events.map((event) => onItsWay(keyed(event, `clean-${name}`)));
  const mess = new Mess(
    history.events.map((event) => keyed(event, `messy-${name}`)),
    seedRng(seed, history.customer).fork('mess'),
  );
  for (const kind of ALL_KINDS) {
    const wanted = only === undefined ? mess.rng.float() < SHARE : kind.name === only;
    if (wanted) mess.put(kind);
  }
  return { name, history, clean: clean.map(sent), messy: mess.messages.map(sent) };
}

function sent(message: MessageOnItsWay): Sent {
  return { message, answer: undefined };
}

function keyed(event: Event, value: string): Event {
  const copy = clone(EventSchema, event);
  copy.identifiers = [{ $typeName: 'attune.v1.Identifier', kind: 'crm', value }];
  return copy;
}

/** In order of arrival; the node works behind each quantum, as it would under load. */
async function tellAll(
  node: Node,
  clock: VirtualClock,
  told: readonly Told[],
  mutant: MessMutant | undefined,
): Promise<void> {
  const queue = told
    .flatMap(({ clean, messy }) => [...clean, ...messy])
    .sort((a, b) => a.message.at - b.message.at);
  for (let at = 0; at < queue.length; ) {
    const end = (queue[at] as Sent).message.at + QUANTUM_MS;
    for (; at < queue.length && (queue[at] as Sent).message.at < end; at++) {
      const next = queue[at] as Sent;
      clock.advanceTo(next.message.at);
      handOver(node, next.message, mutant, (answer) => {
        next.answer = answer;
      });
      // A wrong clock is put right by the time of receipt, which is that of the turn.
      if (next.message.event.sentAt !== undefined) {
        at++;
        break;
      }
    }
    await untilQuiet(node.engine);
  }
  clock.advanceTo(SEEN_AT);
  await untilQuiet(node.engine);
}

async function judge(
  node: Node,
  policy: Policy,
  { name, history, clean, messy }: Told,
  tally: MessTally,
): Promise<void> {
  for (const { answer } of clean)
    if (answer?.status !== 'accepted')
      throw new Error(`customer ${name}: a clean event was ${answer?.status} (${answer?.rules.join(', ')})`);
  const before = await viewOf(node, policy, `clean-${name}`);
  const untrue = differences(plainTruth(history.events), before);
  if (untrue.length > 0)
    tally.miscount(`customer ${name}: counted by hand and folded differ: ${untrue.join('; ')}`);
  const after = await viewOf(node, policy, `messy-${name}`);
  tally.customer(name, differences(before, after), messy);
}

async function viewOf(node: Node, policy: Policy, value: string): Promise<ProfileView> {
  const seen = await node.gateway.read({ identifiers: [{ kind: 'crm', value }] }, (profile) =>
    profileView(profile, policy, SEEN_AT),
  );
  if (seen.kind !== 'read') throw new Error(`customer ${value} is ${seen.kind}`);
  return seen.value;
}

/** The starter policy without triggers (what the service says is no matter here), and with a rate. */
function messPolicy(): PolicyFiles {
  const root = new URL('../../../policies/starter', import.meta.url).pathname;
  const files = new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name, readFileSync(join(root, name), 'utf8')] as const),
  );
  return changedPolicy(files, { 'policy.yaml': { rates: { [RATE.currency]: RATE.rate } } });
}
