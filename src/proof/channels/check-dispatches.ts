import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { decodeShardState } from '../../codec/stored/shard-state-codec.ts';
import { CHANNELS } from '../../core/channel.ts';
import { parseDispatchId } from '../../core/decide/decision-id.ts';
import { openDirectory, recordsOf } from '../../node/open-directory.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { HEALTHY_CHANNELS } from './channels-policy.ts';
import { type DispatchEnd, DispatchEnds, type DispatchLife } from './dispatch-ends.ts';
import type { SentMessages } from './sent-messages.ts';

export interface DispatchCheck {
  readonly dispatches: number;
  readonly ends: Readonly<Record<DispatchEnd, number>>;
  /** By channel name, what became of its dispatches. */
  readonly byChannel: Readonly<Record<string, Partial<Record<DispatchEnd, number>>>>;
  /** Milliseconds from hand-over to acceptance on healthy channels, of decisions from `measuredFrom` on, by the service's clock. */
  readonly acceptedMs: readonly number[];
  /** In no state that a dispatch may be in at the end, or without a trace. */
  readonly lost: readonly string[];
  /** A message that went out twice, or an answer that counted twice. */
  readonly doubled: readonly string[];
}

/** Holds the log of a directory whose service has ended against its outbox, and against what the channel systems did. */
export async function checkDispatches(
  directory: string,
  sent: SentMessages,
  measuredFrom: number,
): Promise<DispatchCheck> {
  const { ends, outbox } = await readDirectory(directory);
  const { lost, doubled } = judgeDispatches(ends, outbox, sent);
  return { ...counts(ends), acceptedMs: acceptedMs(ends, measuredFrom), lost, doubled };
}

/** `outbox`: the dispatches that it holds as open, as `DispatchEnds` names them. */
export function judgeDispatches(
  ends: DispatchEnds,
  outbox: ReadonlySet<string>,
  sent: SentMessages,
): Pick<DispatchCheck, 'lost' | 'doubled'> {
  const lost = [...lostInLog(ends, outbox), ...lostOnTheWay(ends, sent)];
  const doubled: string[] = [];
  for (const [name, { acceptances }] of ends.lives)
    if (acceptances > 1) doubled.push(`dispatch ${name} was accepted ${acceptances} times`);
  for (const dispatchId of sent.doubled) doubled.push(`message ${dispatchId} went out more than once`);
  for (const [link, times] of ends.feedback)
    if (times > 1) doubled.push(`feedback ${link} counts ${times} times`);
  return { lost, doubled };
}

function lostInLog({ lives }: DispatchEnds, outbox: ReadonlySet<string>): string[] {
  const lost: string[] = [];
  for (const [name, life] of lives) {
    const { end } = life;
    const isWaiting = outbox.has(name);
    const what = `dispatch ${name} (${CHANNELS[life.channel] ?? ''})`;
    if (end === 'open' && !isWaiting) lost.push(`${what} is open in the log and not in the outbox`);
    if (end !== 'open' && isWaiting) lost.push(`${what} is ${end} in the log and still in the outbox`);
    if (end === 'open' && isHealthy(life)) lost.push(`${what} is open although its channel works`);
    if (life.isUnexplained) lost.push(`${what} was withdrawn without a reason`);
  }
  for (const name of outbox)
    if (!lives.has(name)) lost.push(`dispatch ${name} is in the outbox and not in the log`);
  return lost;
}

function lostOnTheWay({ lives }: DispatchEnds, sent: SentMessages): string[] {
  const lost: string[] = [];
  for (const { dispatchId, attempt } of sent.arrivals) {
    const life = lives.get(nameOf(dispatchId));
    const what = `delivery ${dispatchId}`;
    if (life === undefined) lost.push(`${what}: no decision to send it is in the log`);
    else if (!life.attempts.has(attempt)) lost.push(`${what}: attempt ${attempt} is not in the log`);
    else if (life.end === 'expired') lost.push(`${what}: it counts as never handed over`);
  }
  for (const dispatchId of sent.times.keys()) {
    const life = lives.get(nameOf(dispatchId));
    if (life !== undefined && isHealthy(life) && life.acceptances === 0 && life.end !== 'withdrawn')
      lost.push(`message ${dispatchId} went out, and no acceptance is in the log (${life.end})`);
  }
  return lost;
}

interface DirectoryContents {
  readonly ends: DispatchEnds;
  /** The dispatches that the checkpoints hold as open. */
  readonly outbox: ReadonlySet<string>;
}

async function readDirectory(directory: string): Promise<DirectoryContents> {
  const data = await openDirectory(directory, quietObserver);
  const ends = new DispatchEnds();
  const outbox = new Set<string>();
  try {
    for (let shard = 0; shard < data.shards; shard++) {
      let last = 0;
      for await (const { sequence, bytes } of recordsOf(data.stores, shard)) {
        last = sequence;
        for (const [index, fact] of decodeRecord(bytes, { columns: false }).facts.entries())
          ends.fact({ shard, sequence, index }, fact);
      }
      const { checkpoint } = await data.stores.snapshots.load(shard);
      if (checkpoint === undefined || checkpoint.sequence !== last)
        throw new Error(`shard ${shard} ended at record ${last} without a checkpoint there`);
      for (const { ref } of decodeShardState(checkpoint.state).outbox)
        outbox.add(`${shard}/${ref.seq}/${ref.index}/${ref.choice}`);
    }
  } finally {
    await data.stores.close();
  }
  return { ends, outbox };
}

function nameOf(dispatchId: string): string {
  const place = parseDispatchId(dispatchId);
  return place === undefined ? '' : `${place.shard}/${place.seq}/${place.index}/${place.choice}`;
}

function isHealthy({ channel }: DispatchLife): boolean {
  return HEALTHY_CHANNELS.includes(CHANNELS[channel] ?? '');
}

function counts({ lives }: DispatchEnds): Pick<DispatchCheck, 'dispatches' | 'ends' | 'byChannel'> {
  const ends: Record<DispatchEnd, number> = { open: 0, accepted: 0, refused: 0, expired: 0, withdrawn: 0 };
  const byChannel: Record<string, Partial<Record<DispatchEnd, number>>> = {};
  for (const { channel, end } of lives.values()) {
    ends[end]++;
    const name = CHANNELS[channel] ?? '';
    byChannel[name] ??= {};
    const of = byChannel[name];
    of[end] = (of[end] ?? 0) + 1;
  }
  return { dispatches: lives.size, ends, byChannel };
}

function acceptedMs({ lives }: DispatchEnds, from: number): number[] {
  const measured = [...lives.values()].filter((life) => isHealthy(life) && life.decidedAt >= from);
  return measured.map((life) => life.acceptedMs).filter((ms) => !Number.isNaN(ms));
}
