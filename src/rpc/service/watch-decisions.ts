import { fromBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { SECOND_MS } from '../../base/clock.ts';
import { encodeDecideReply } from '../../codec/wire/encode-decide.ts';
import { shareOf } from '../../core/identity/customer.ts';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import { DecideReplySchema } from '../../gen/attune/v1/decision_pb.ts';
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
    let second = 0;
    let inSecond = 0;
    let skipped = 0;
    return customers.tail(({ place, fact }) => {
      if (fact.kind !== 'decision') return;
      const now = clock.now();
      if (now - second >= SECOND_MS) {
        second = now;
        inSecond = 0;
      }
      // Sampled by place in the log: every watcher sees the same decisions, and nothing is drawn.
      const sampled = share >= 1 || shareOf(Math.imul(place.seq, 31) + place.index, place.shard) < share;
      if (!sampled || inSecond >= perSecondMax || out.full) {
        skipped++;
        return;
      }
      inSecond++;
      const reply = encodeDecideReply({ place, fact, repeated: false }, namesOf(policies, fact.policy));
      out.send({
        at: timestampFromMs(fact.at),
        cause: fact.cause === '' ? 'request' : fact.cause,
        decision: fromBinary(DecideReplySchema, reply),
        skipped: BigInt(skipped),
      });
      skipped = 0;
    });
  };
  return streamMethod(context, method, operators.bound(watch));
}
