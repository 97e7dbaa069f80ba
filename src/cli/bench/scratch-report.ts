import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type DecideReply, DecideReplySchema } from '../../gen/attune/v1/decision_pb.ts';
import { CandidateStage, ExplainReplySchema, ExplainRequestSchema } from '../../gen/attune/v1/explain_pb.ts';
import { BENCH_PLACEMENT } from '../../world/bench-policy.ts';
import { createCatalog } from '../../world/catalog.ts';
import { benchDecide } from './bench-decide.ts';
import { DECIDE, type DecideBodies, decideBodies } from './decide-bodies.ts';
import { feed } from './feed.ts';
import { type ChildPlan, type MeasuredChild, startChild } from './measured-child.ts';
import type { BenchReport, BenchSetting } from './report.ts';
import { sampleUnary } from './sample.ts';
import { sendCatalog, sendEvents, shopEvents } from './shop-setup.ts';
import { median, rounded } from './summary.ts';
import { stageMicros, startTarget, type Target, writeBenchPolicy } from './target.ts';

const EXPLAIN = '/attune.v1.DecisionService/Explain';
const EXPLAINED = 200;
const WARM_SECONDS = 4;

/** Starts service and echoes, fills the service with the shop's profiles, and measures them turn about. */
export async function decideReport(setting: BenchSetting): Promise<BenchReport> {
  const { core, customers, seed, progress } = setting;
  const policyDir = join(setting.directory, 'policy');
  writeBenchPolicy(policyDir);
  const target = await startTarget({ dataDir: join(setting.directory, 'data'), policyDir, core });
  const children: MeasuredChild[] = [target];
  try {
    progress(`publishing three weeks of ${customers} customers`);
    await sendCatalog(target.port, createCatalog(seed));
    const setup = await sendEvents(target.port, shopEvents(seed, customers, Date.now()));
    const bodies = decideBodies(seed, customers, BENCH_PLACEMENT);
    const replies = await sampleReplies(target, bodies);
    const explained = {};
    void explain;
    const sizes = replies.map((reply) => reply.length);
    const typical = replies.find((reply) => reply.length >= median(sizes)) as Buffer;
    const echo = await startChild(echoPlan(setting, typical, []));
    children.push(echo);
    const echoRaw = await startChild(echoPlan(setting, typical, ['--raw']));
    children.push(echoRaw);
    progress('warming up');
    const warm = {
      path: DECIDE,
      connections: 1,
      inFlight: 64,
      warmSeconds: 0.5,
      seconds: WARM_SECONDS,
      nextBody: bodies.unary,
    };
    for (const side of children) await sampleUnary(side, warm);
    const { figures, laws, stages } = await benchDecide(
      { target, echo, echoRaw },
      {
        ...setting,
        bodies,
        progress: (done, of, what) => progress(`${done + 1}/${of} ${what}`),
        stages: async (load) => {
          const before = await target.metrics();
          await load();
          return stageMicros(before, await target.metrics());
        },
      },
    );
    return {
      bench: 'decide',
      figures: {
        ...figures,
        stages,
        replyBytes: typical.length,
        customers,
        eventsPublished: setup.events,
        eventsAccepted: setup.accepted,
        ...explained,
      },
      laws,
      notMeasured: [
        'TLS, several connections, requests that carry events, slates of several placements',
        'a store that outgrows memory (see scale)',
        'the echo runs as grpc-js comes, without flags; its protobuf is protobuf-es',
      ],
    };
  } finally {
    for (const child of children) await child.stop();
  }
}

function echoPlan(setting: BenchSetting, reply: Buffer, flags: readonly string[]): ChildPlan {
  return {
    script: new URL('./echo-server.ts', import.meta.url),
    args: [reply.toString('base64url'), ...flags],
    nodeFlags: [],
    core: setting.core,
    portPattern: /listening on 127\.0\.0\.1:(\d+)/,
  };
}

/** The replies to some Decide calls, as they came. */
async function sampleReplies(target: Target, bodies: DecideBodies): Promise<Buffer[]> {
  const replies: Buffer[] = [];
  const requests = Array.from({ length: EXPLAINED }, (_, i) => Buffer.from(bodies.unary(i)));
  await feed({
    port: target.port,
    path: DECIDE,
    bodies: requests,
    inFlight: 8,
    seen: (bytes, start, end) => replies.push(Buffer.from(bytes.subarray(start, end))),
  });
  return replies;
}

/** What these decisions were like: how many candidates each scored, how many chose something, how large a record is. */
async function explain(target: Target, replies: readonly Buffer[]): Promise<Record<string, number>> {
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
