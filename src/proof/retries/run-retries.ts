import { fileURLToPath } from 'node:url';
import { seedRng } from '../../base/rng.ts';
import { Connection } from '../../client/connection.ts';
import { settingsOf } from '../../client/settings.ts';
import { DecisionService } from '../../gen/attune/v1/decision_pb.ts';
import { startTarget } from '../bench/target.ts';
import { DRESSES, redress } from './redress.ts';
import { KINDS, type Kind, makeRequest } from './request-kinds.ts';
import { type Became, openSenders, type Send } from './senders.ts';

const POLICY = fileURLToPath(new URL('../../../policies/starter', import.meta.url));
/** A decision about nothing is no treatment to report of; one in a few is one. */
const TREATMENT_TRIES_MAX = 400;

export interface RetriesPlan {
  readonly directory: string;
  readonly trials: number;
  readonly seed: number;
  readonly failure: (sentence: string) => void;
}

/** Of one kind of request in one dress. */
interface Count {
  sent: number;
  recognised: number;
}

export interface RetriesReport {
  readonly trials: number;
  /** Honest retries that were refused. */
  refused: number;
  /** Honest retries that counted again, or were answered by another decision. */
  doubled: number;
  /** Another meaning under the same id that was not refused. */
  accepted: number;
  /** How often another meaning was sent. */
  changed: number;
  /** By kind of request and dress. */
  readonly byKind: Readonly<Record<Kind, Record<string, Count>>>;
  /** Kinds or dresses that were never sent. */
  absent: string[];
}

/** Sends every kind of request once, then again in every dress, then with another meaning, to a service of its own. */
export async function runRetries(plan: RetriesPlan): Promise<RetriesReport> {
  const target = await startTarget({
    dataDir: plan.directory,
    policyDir: POLICY,
    core: undefined,
    flags: ['--shards', '4'],
  });
  const connection = new Connection([`127.0.0.1:${target.port}`], settingsOf({}));
  try {
    return await retry(connection, plan);
  } finally {
    connection.close();
    await target.stop();
  }
}

async function retry(connection: Connection, plan: RetriesPlan): Promise<RetriesReport> {
  const report: RetriesReport = {
    ...{ trials: plan.trials, refused: 0, doubled: 0, accepted: 0, changed: 0, absent: [] },
    byKind: Object.fromEntries(KINDS.map((kind) => [kind, noCounts()])) as RetriesReport['byKind'],
  };
  const rng = seedRng(plan.seed, 4);
  const channel = 'web';
  const senders = openSenders(connection, channel);
  for (let trial = 0; trial < plan.trials; trial++) {
    for (const kind of KINDS) {
      const id = `${kind}-${plan.seed}-${trial}`;
      const isFeedback = kind === 'report' || kind === 'connectFeedback';
      const tracking = isFeedback ? await treatment(connection, id, channel) : '';
      const now = Date.now();
      const request = makeRequest(kind, { rng, id, now, tracking, channel });
      const send = senders.of[kind];
      const first = await send(Buffer.from(request.bytes));
      if (first.kind !== 'taken') throw new Error(`${id} was not taken at first: ${textOf(first)}`);
      const again = (name: string): Buffer =>
        redress(request.bytes, request.schema, DRESSES[name] ?? {}, rng, now);
      for (const name of Object.keys(DRESSES)) {
        await sendAgain(
          send,
          again(name),
          first,
          `${id} (${name})`,
          report.byKind[kind][name] as Count,
          report,
          plan,
        );
      }
      report.changed++;
      const other = await send(Buffer.from(request.changed));
      if (other.kind === 'refused') continue;
      report.accepted++;
      plan.failure(`${id} with another meaning: ${textOf(other)}`);
    }
  }
  senders.close();
  for (const kind of KINDS)
    for (const [name, { sent }] of Object.entries(report.byKind[kind]))
      if (sent === 0) report.absent.push(`${kind} ${name}`);
  return report;
}

async function sendAgain(
  send: Send,
  bytes: Buffer,
  first: Became,
  what: string,
  count: Count,
  report: RetriesReport,
  plan: RetriesPlan,
): Promise<void> {
  count.sent++;
  const became = await send(bytes);
  if (became.kind === 'refused') {
    report.refused++;
    plan.failure(`${what} was refused: ${became.sentence}`);
  } else if (became.kind === 'taken' || (first.kind === 'taken' && became.answer !== first.answer)) {
    report.doubled++;
    plan.failure(`${what} counted again: ${textOf(became)}`);
  } else count.recognised++;
}

/** The tracking token of a treatment for a customer of this trial. */
async function treatment(connection: Connection, id: string, channel: string): Promise<string> {
  for (let n = 0; n < TREATMENT_TRIES_MAX; n++) {
    const reply = await connection.unary(DecisionService.method.decide, {
      requestId: `t-${id}-${n}`,
      identifiers: [{ kind: 'loyalty', value: `customer-${id}-${n}` }],
      placements: ['home_hero', 'pdp_recommendation', 'cart_banner'],
    });
    for (const { outcome } of reply.choices)
      if (outcome.case === 'treatment' && outcome.value.channel === channel) return outcome.value.tracking;
  }
  throw new Error(`no treatment on ${channel} in ${TREATMENT_TRIES_MAX} decisions`);
}

function noCounts(): Record<string, Count> {
  return Object.fromEntries(Object.keys(DRESSES).map((name) => [name, { sent: 0, recognised: 0 }]));
}

function textOf(became: Became): string {
  return became.kind === 'refused' ? became.sentence : became.kind;
}
