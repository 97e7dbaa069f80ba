import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type DecideReply, DecideReplySchema } from '../../gen/attune/v1/decision_pb.ts';
import { CandidateStage, ExplainReplySchema, ExplainRequestSchema } from '../../gen/attune/v1/explain_pb.ts';
import { createCatalog } from '../../world/catalog.ts';
import { benchDecide, type DecideSides } from './bench-decide.ts';
import { BENCH_PLACEMENT } from './bench-policy.ts';
import { makeCertificates } from './certificates.ts';
import { DECIDE, type DecideBodies, decideBodies } from './decide-bodies.ts';
import { sampleReplies, startEchoOf, typical } from './echo-child.ts';
import { feed } from './feed.ts';
import { type ChildPlan, type MeasuredChild, startChild } from './measured-child.ts';
import type { BenchReport, BenchSetting } from './report.ts';
import { sampleCore, sampleUnary } from './sample.ts';
import { sendCatalog, sendEvents, shopEvents } from './shop-setup.ts';
import { median, rounded } from './summary.ts';
import { MODELS, SERVICE_FLAGS, stageMicros, startTarget, type Target, writeBenchPolicy } from './target.ts';

const EXPLAIN = '/attune.v1.DecisionService/Explain';
export const WARM_SECONDS = 4;
/** No round begins later. */
export const SECONDS_MAX = 600;

/** Fills a service with the shop's profiles, starts it beside an echo, over TLS and without transport, and measures them. */
export async function decideReport(setting: BenchSetting): Promise<BenchReport> {
  const { core, customers, seed, progress } = setting;
  const policyDir = join(setting.directory, 'policy');
  writeBenchPolicy(policyDir);
  const dirs = await fillDirectories(setting, policyDir);
  const certificates = await makeCertificates();
  const children: MeasuredChild[] = [];
  const started = async <T extends MeasuredChild>(child: Promise<T>): Promise<T> => {
    const one = await child;
    children.push(one);
    return one;
  };
  try {
    const target = await started(startTarget({ dataDir: dirs.target, policyDir, core }));
    const flags = writeCertificates(setting.directory, certificates.server);
    const tls = await started(startTarget({ dataDir: dirs.tls, policyDir, core, flags }));
    const inProcess = await started(startChild(corePlan(setting, dirs.core, policyDir)));
    const bodies = decideBodies(seed, customers, BENCH_PLACEMENT);
    const replies = await sampleReplies(target, bodies);
    // What Explain says is context, not a measurement: a service that cannot explain yet is measured all the same.
    const explained = await explainedOf(target, replies).catch((fault: Error) => ({
      explainFailed: fault.message,
    }));
    const echo = await started(startEchoOf(replies, core));
    const sides = { target, tls, core: inProcess, echo };
    await warmUp(sides, bodies, certificates.ca.cert, progress);
    const { figures, laws, stages } = await benchDecide(sides, {
      ...setting,
      rounds: setting.runs,
      secondsMax: SECONDS_MAX,
      bodies,
      ca: certificates.ca.cert,
      stages: async (load) => {
        const before = await target.metrics();
        await load();
        return stageMicros(before, await target.metrics());
      },
    });
    return {
      bench: 'decide',
      figures: {
        ...figures,
        stages,
        replyBytes: typical(replies).length,
        customers,
        eventsPublished: dirs.setup.events,
        eventsAccepted: dirs.setup.accepted,
        ...explained,
      },
      laws,
      notMeasured: [
        'several connections, requests that carry events, slates of several placements',
        'a store that outgrows memory (see scale)',
        'the echo runs as grpc-js comes, without flags; its protobuf is protobuf-es',
      ],
    };
  } finally {
    for (const child of children) await child.stop();
  }
}

/** The same data for each side: one service takes it in, the others begin with a copy of its directory. */
async function fillDirectories(setting: BenchSetting, policyDir: string) {
  const { core, customers, seed, directory, progress } = setting;
  const target = join(directory, 'data');
  progress(`publishing three weeks of ${customers} customers`);
  const service = await startTarget({ dataDir: target, policyDir, core });
  try {
    await sendCatalog(service.port, createCatalog(seed));
    const setup = await sendEvents(service.port, shopEvents(seed, customers, Date.now()));
    await service.stop();
    const copies = { tls: join(directory, 'data-tls'), core: join(directory, 'data-core') };
    for (const copy of Object.values(copies)) cpSync(target, copy, { recursive: true });
    return { target, ...copies, setup };
  } finally {
    await service.stop();
  }
}

async function warmUp(
  { target, tls, core, echo }: DecideSides,
  { unary }: DecideBodies,
  ca: string,
  progress: (text: string) => void,
): Promise<void> {
  progress('warming up');
  const span = { connections: 1, inFlight: 64, warmSeconds: 0.5, seconds: WARM_SECONDS };
  const warm = { ...span, path: DECIDE, nextBody: unary };
  await sampleUnary(target, warm);
  await sampleUnary(echo, warm);
  await sampleUnary(tls, { ...warm, ca });
  await sampleCore(core, span);
}

function writeCertificates(directory: string, { cert, key }: { cert: string; key: string }): string[] {
  const files = { cert: join(directory, 'server.pem'), key: join(directory, 'server.key') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return ['--tls-cert', files.cert, '--tls-key', files.key];
}

function corePlan({ core, seed, customers }: BenchSetting, dataDir: string, policyDir: string): ChildPlan {
  return {
    script: new URL('./core-server.ts', import.meta.url),
    args: [dataDir, policyDir, MODELS, String(seed), String(customers), BENCH_PLACEMENT],
    nodeFlags: SERVICE_FLAGS,
    core,
    portPattern: /listening on 127\.0\.0\.1:(\d+)/,
  };
}

/** What these decisions were like: how many candidates each scored, how many chose something, how large a record is. */
export async function explainedOf(
  target: Target,
  replies: readonly Buffer[],
): Promise<Record<string, number>> {
  const decisions = replies.map((reply): DecideReply => fromBinary(DecideReplySchema, reply));
  const scored: number[] = [];
  const records: number[] = [];
  await feed({
    port: target.port,
    path: EXPLAIN,
    bodies: decisions.map(({ decisionId }) =>
      Buffer.from(toBinary(ExplainRequestSchema, create(ExplainRequestSchema, { decisionId }))),
    ),
    inFlight: 4,
    seen(bytes, start, end) {
      const reply = fromBinary(ExplainReplySchema, bytes.subarray(start, end));
      const reached = reply.candidates.filter(
        ({ stage, actionId }) =>
          actionId !== '' && (stage === CandidateStage.SCORED || stage === CandidateStage.CHOSEN),
      );
      scored.push(reached.length);
      records.push(reply.recordBytes);
    },
  });
  const treated = decisions.filter(({ choices }) => choices[0]?.outcome.case === 'treatment').length;
  return {
    candidatesScoredMean: rounded(scored.reduce((sum, count) => sum + count, 0) / scored.length),
    recordBytesMedian: median(records),
    treatedShare: rounded(treated / decisions.length),
  };
}
