import { fromBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { encodeDecideReply } from '../../codec/wire/encode-decide.ts';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import { DecideReplySchema } from '../../gen/attune/v1/decision_pb.ts';
import { TailSample } from '../../port/tail-sample.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { type StreamHandler, streamMethod } from '../stream-method.ts';
import { namesOf } from './decide.ts';
import type { OperatorWatchers } from './operator-watchers.ts';

const PER_SECOND = 100;

/** AdminService.WatchDecisions: decisions as they are committed, sampled and at most so many a second; those left out are counted. */
export function watchDecisionsRoute(context: ServiceContext, operators: OperatorWatchers): Route {
  const { customers, policies, clock } = context;
  const method = AdminService.method.watchDecisions;
  const watch: StreamHandler<typeof method.input, typeof method.output> = (request, out) => {
    const share = request.sample === 0 ? 1 : request.sample;
    const perSecondMax = request.perSecondMax === 0 ? PER_SECOND : request.perSecondMax;
    const bounds = { share, perSecondMax };
    const sample = new TailSample(bounds);
    return customers.tail(({ place, fact }, skippedThere) => {
      if (fact.kind !== 'decision') return;
      sample.skip(skippedThere);
      const skipped = sample.take(place, clock.now(), out.full);
      if (skipped === undefined) return;
      const reply = encodeDecideReply({ place, fact, repeated: false }, namesOf(policies, fact.policy));
      out.send({
        at: timestampFromMs(fact.at),
        cause: fact.cause === '' ? 'request' : fact.cause,
        decision: fromBinary(DecideReplySchema, reply),
        skipped: BigInt(skipped),
      });
    }, bounds);
  };
  return streamMethod(context, method, operators.bound(watch));
}
